import { execFileSync } from 'node:child_process';
import { openVideo } from '../src/libav/decode.ts';
import { PixelClockReader, type PixelClockReading } from '../src/pixel-clock/read.ts';

/** What the reader in Python makes of a picture. */
export interface ReadInPython {
  readonly timeUs: number;
  readonly sigmaUs: number;
  readonly row: number;
  readonly rowUs: number;
  readonly rowSigmaUs: number;
}

/** What both readers make of a file, frame by frame. */
export interface ReadByBoth {
  readonly ours: readonly (PixelClockReading | undefined)[];
  readonly theirs: readonly (ReadInPython | null)[];
}

/** @param python A command with NumPy and OpenCV. */
export async function readByBoth(python: string, file: string): Promise<ReadByBoth> {
  const video = await openVideo(file);
  const reader = new PixelClockReader();
  const planes: Uint8Array[] = [];
  const ours: (PixelClockReading | undefined)[] = [];
  for await (const { luma } of video.frames()) {
    planes.push(luma.data.slice(0, luma.width * luma.height));
    ours.push(reader.read(luma));
  }
  await video.close();
  const args = ['test/fixtures/pixel_clock.py', String(video.width), String(video.height)];
  const stdout = execFileSync(python, args, { input: Buffer.concat(planes), encoding: 'utf8', maxBuffer: 1 << 28 });
  const lines = stdout.trim().split('\n');
  return { ours, theirs: lines.map((line) => JSON.parse(line)) };
}

/** How far they are apart at the most, in us; frames that one of them alone can read count as endless. */
export function apartUs({ ours, theirs }: ReadByBoth): { readonly timeUs: number; readonly sigmaUs: number } {
  let [timeUs, sigmaUs] = [0, 0];
  for (const [i, own] of ours.entries()) {
    const other = theirs[i];
    if (own === undefined && other === null) continue;
    timeUs = Math.max(timeUs, own && other ? Math.abs(own.timeUs - other.timeUs) : Number.POSITIVE_INFINITY);
    sigmaUs = Math.max(sigmaUs, own && other ? Math.abs(own.sigmaUs - other.sigmaUs) : Number.POSITIVE_INFINITY);
  }
  return { timeUs, sigmaUs };
}
