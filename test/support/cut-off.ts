import { copyFileSync, truncateSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { FileTags } from '../../src/libav/file-tags.ts';
import type { VideoCodec } from '../../src/record/encoder.ts';
import { nodeAvBackend } from '../../src/record/encoders/node-av.ts';
import type { Capture } from '../../src/record/true-times.ts';
import { Random } from '../../src/sensor/random.ts';
import type { FrameRate } from '../../src/time/frame-rate.ts';
import { testPicture } from './pictures.ts';

export const RATE: FrameRate = { num: 30, den: 1 };
/** Frames of a fragment at 30 fps. */
export const FRAGMENT = 15;

/** Frames that a file is to have, from which slot on, and how its process ends. */
export interface Recorded {
  readonly first?: number;
  readonly frames: number;
  readonly frameRate?: FrameRate;
  /** `killed`: the file is left as it is behind the last frame; else it is closed. */
  readonly killed?: boolean;
  readonly intra?: number;
  readonly codec?: VideoCodec;
  /** What the file says of itself. */
  readonly tags?: FileTags;
  /** When each frame was captured: the file has true times then. */
  readonly captureOf?: (slot: number) => Capture;
}

/** Records test pictures as a camera of a take does, with the first encoder. */
export async function recordVideo(file: string, recorded: Recorded): Promise<void> {
  const { first = 0, frames, frameRate = RATE, killed = false, intra, codec, tags, captureOf } = recorded;
  const made = killed ? file.replace(/\.\w+$/, '.made$&') : file;
  const encoder = await nodeAvBackend.open({
    ...{ file: made, width: 160, height: 128, frameRate },
    ...(intra !== undefined && { intra }),
    ...(codec !== undefined && { codec }),
    ...(tags !== undefined && { tags }),
    ...(captureOf && { timestamps: 'true' as const }),
  });
  for (let slot = first; slot < first + frames; slot++) {
    await encoder.write(testPicture(slot, 160, 128), slot, captureOf?.(slot));
  }
  if (killed) copyFileSync(made, file);
  await encoder.close();
  if (killed) await rm(made);
}

/** A copy that ends behind so many bytes. */
export function cutTo(file: string, bytes: number, copy: string): string {
  copyFileSync(file, copy);
  truncateSync(copy, bytes);
  return copy;
}

/** So many places to cut a file of so many bytes at, by chance, from the seed; rising. */
export function cuts(bytes: number, count: number, seed: number): number[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => Math.floor(random.between(0, bytes))).sort((a, b) => a - b);
}

/** Cuts at the edges: of boxes' headers at the file's beginning, and of the file. */
export const edges = (bytes: number): number[] => [0, 1, 7, 8, 15, 16, 40, bytes - 1, bytes];
