import { readFile } from 'node:fs/promises';
import { UsageError } from '../errors.ts';
import { openVideo } from '../libav/decode.ts';
import { MetadataReader } from '../rpicam/metadata-reader.ts';
import { nsToUs } from '../time/units.ts';
import type { ReadProgress } from '../verify/read-times.ts';
import { readTimestamps } from '../verify/timestamps.ts';
import { fitLine, type Line } from './line.ts';

/** How the names of sidecars end, in place of the video's ending. */
const ENDINGS = ['.frames.csv', '.metadata.json', '.json', '.metadata.txt', '.txt'];
/** What a stamp may be late, in us. */
const STAMP_US = 10;

/**
 * A file's own time on the wall clock of the host that recorded it, by what the recording program wrote beside it: `frames.csv` of this
 * program, or rpicam-vid's `--metadata` in either format.
 * @throws UsageError where there is no such sidecar, or none with times.
 */
export async function lineBySidecar(file: string, onProgress?: ReadProgress): Promise<Line> {
  const stem = file.replace(/\.[^./\\]+$/, '');
  for (const ending of ENDINGS) {
    const wallUs = await wallTimes(`${stem}${ending}`, ending);
    if (wallUs === undefined) continue;
    const ptsUs = await presentationTimes(file, onProgress);
    const points = ptsUs.flatMap((us, i): [number, number][] => {
      const wall = wallUs[i];
      return wall === undefined || !Number.isFinite(us) ? [] : [[us, wall]];
    });
    if (points.length > 0) return fitLine(points, STAMP_US);
  }
  throw new UsageError(
    `${file}: no times beside it: ${stem}.frames.csv, or rpicam-vid's --metadata as ${stem}.metadata.json, is looked for`,
  );
}

/** Wall clock of each frame, us; undefined where the sidecar is not there or holds none. */
async function wallTimes(sidecar: string, ending: string): Promise<(number | undefined)[] | undefined> {
  const text = await readFile(sidecar, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  if (ending === '.frames.csv') return [...(await readTimestamps(sidecar, 1)).timesUs];
  const reader = new MetadataReader();
  const entries = [...reader.push(text), ...reader.end()];
  const times = entries.map(({ wallNs }) => (wallNs === undefined ? undefined : nsToUs(wallNs)));
  return times.some((us) => us !== undefined) ? times : undefined;
}

async function presentationTimes(file: string, onProgress?: ReadProgress): Promise<number[]> {
  const video = await openVideo(file);
  const ptsUs: number[] = [];
  try {
    for await (const frame of video.frames()) {
      ptsUs.push(frame.ptsUs);
      onProgress?.(file, ptsUs.length, video.frameCount);
    }
  } finally {
    await video.close();
  }
  return ptsUs;
}
