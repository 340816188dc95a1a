import { openVideo } from '../libav/decode.ts';
import { median } from '../time/statistics.ts';
import type { Watch } from '../verify/read-times.ts';
import { ownTimes } from './own-times.ts';

/** Every so many pixels are looked at, across and down. */
const STEP = 4;
/**
 * A flash makes the picture brighter by this much from one frame to the next, in levels, and by so many times the usual
 * change.
 */
const LEAST_LEVELS = 6;
const TIMES_USUAL = 8;
/** A flash is over, and the next one may come, after this long, in us. */
const APART_US = 200_000;

/** The brightness of a video's frames. */
export interface Brightness {
  /** Presentation times, us. */
  readonly ptsUs: readonly number[];
  /** Mean luma, in levels. */
  readonly levels: readonly number[];
}

/** @throws UsageError where the file can't be decoded. */
export async function readBrightness(file: string, { onProgress, signal }: Watch = {}): Promise<Brightness> {
  const video = await openVideo(file, signal);
  const [ptsUs, levels]: [number[], number[]] = [[], []];
  try {
    for await (const { ptsUs: us, luma } of video.frames()) {
      let sum = 0;
      for (let y = 0; y < luma.height; y += STEP)
        for (let x = 0; x < luma.width; x += STEP) sum += luma.data[y * luma.stride + x] as number;
      ptsUs.push(us);
      levels.push(sum / (Math.ceil(luma.height / STEP) * Math.ceil(luma.width / STEP)));
      onProgress?.(file, levels.length, video.frameCount);
    }
  } finally {
    await video.close();
  }
  const ownUs = await ownTimes(file, ptsUs);
  const timed = ownUs.flatMap((us, i) => (us === undefined ? [] : [{ us, level: levels[i] as number }]));
  return { ptsUs: timed.map(({ us }) => us), levels: timed.map(({ level }) => level) };
}

/** Times of the first frames of flashes, in us: sudden rises of the brightness. */
export function flashes({ ptsUs, levels }: Brightness): number[] {
  const rises = levels.slice(1).map((level, i) => level - (levels[i] as number));
  const usual = median(rises.map(Math.abs)) ?? 0;
  const least = Math.max(LEAST_LEVELS, TIMES_USUAL * usual);
  const found: number[] = [];
  for (const [i, rise] of rises.entries()) {
    const us = ptsUs[i + 1] as number;
    if (rise >= least && us - (found.at(-1) ?? Number.NEGATIVE_INFINITY) >= APART_US) found.push(us);
  }
  return found;
}
