import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FailureError } from '../../errors.ts';
import { copyVideo } from '../../libav/copy-video.ts';
import { conformH264 } from '../../record/conform.ts';
import { containerName, formatOf } from '../../record/take-format.ts';
import { makeWay } from '../../record/take-path.ts';
import { moveInPlace, PART } from '../../record/whole-file.ts';
import { type FrameRate, periodUs } from '../../time/frame-rate.ts';
import { freeBytes } from '../files/disk-watch.ts';
import type { FoundVideo } from './look.ts';

export interface FinishOptions {
  readonly frameRate: FrameRate;
  /** Frames that the file shall have; where it has fewer, repeats of its last one follow. */
  readonly frames: number;
  /**
   * True where the file's times are not its slots': those of its frames stay, and repeats follow at the nominal rate.
   */
  readonly trueTimes?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
}

/** What a copy needs besides the video itself, bytes: the container's index. */
const INDEX_BYTES = 1 << 20;

/**
 * Makes a file that was left open a plain one that players seek in, with so many frames. The file is replaced once the
 * new one is whole.
 * @throws FailureError where there is no room for the copy; the file stays as it is then.
 */
export async function finishVideo(file: string, found: FoundVideo, options: FinishOptions): Promise<void> {
  const { frames, frameRate, onProgress = () => {} } = options;
  const longer = frames > found.frames;
  const format = containerName(formatOf(file));
  await checkRoom(file, found.bytes * (longer ? 3 : 1) + INDEX_BYTES);
  // What stands there was being made, or is something else that must not be written to.
  const [bare, lengthened] = [`${file}.h264${PART}`, `${file}.longer${PART}`];
  for (const each of [`${file}${PART}`, bare, lengthened]) await makeWay(each);
  if (!longer) {
    const progress = (done: number): void => onProgress(done, frames);
    await copyVideo(file, `${file}${PART}`, { format, onProgress: progress });
    await moveInPlace(`${file}${PART}`, file);
    return;
  }
  try {
    const timesUs: number[] = [];
    const held = await copyVideo(file, bare, { format: 'h264', onFrame: (us) => timesUs.push(Math.round(us)) });
    await conformH264(bare, lengthened, {
      frameRate,
      frames,
      firstSlot: found.firstSlot ?? 0,
      ...(options.trueTimes && { timesUs: continued(timesUs, frames, periodUs(frameRate)) }),
      slots: Array.from({ length: held.frames }, (_, slot) => slot),
      onProgress,
    });
    // What is encoded anew knows nothing of time code and names.
    await copyVideo(lengthened, `${file}${PART}`, { format, tagsFrom: file });
    await moveInPlace(`${file}${PART}`, file);
  } catch (error) {
    const { message } = error as Error;
    if (found.kind !== 'open' || !message.startsWith(`${bare}: `)) throw error;
    // No H.264, which alone can be made longer: what there is of it can be played.
    await copyVideo(file, `${file}${PART}`, { format });
    await moveInPlace(`${file}${PART}`, file);
    throw new FailureError(`${file}: ends ${frames - found.frames} frames early: ${message}`, { cause: error });
  } finally {
    for (const each of [bare, lengthened]) await rm(each, { force: true }).catch(() => {});
  }
}

/** Times of so many frames, of which those behind the last that is known follow each other by a period. */
function continued(timesUs: readonly number[], frames: number, period: number): number[] {
  const [last, known] = [timesUs.at(-1) ?? -period, timesUs.length];
  return Array.from({ length: frames }, (_, i) => timesUs[i] ?? Math.round(last + (i + 1 - known) * period));
}

async function checkRoom(file: string, bytes: number): Promise<void> {
  const free = await freeBytes(dirname(file));
  // Where nothing tells, the copy itself does.
  if (free === undefined || free >= bytes) return;
  throw new FailureError(
    `${file}: no room to finish it: it takes ${megabytes(bytes)} MB, ${megabytes(free)} are free; what it holds can be played as it is`,
  );
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
