import { type FrameRate, framesPerSecond } from '../../time/frame-rate.ts';
import { median } from '../../time/statistics.ts';

/** The moments that frames 0, 1, 2, ... of all copies stand for, in us of the first file's time. */
export interface Grid {
  readonly beginUs: number;
  readonly periodUs: number;
  /** Frames of each copy. */
  readonly frames: number;
}

/** When a file shows something, in us of the first file's time. */
export interface Span {
  /** Its frames, rising; empty where it is sound alone. */
  readonly framesUs: readonly number[];
  /** Where it begins: with its first frame, or its sound. */
  readonly beginUs: number;
}

/**
 * Lays a grid over files: on the frames of the first one that has pictures, from where all have begun to where the
 * first one with pictures ends. Each file has a frame within half a period of the first moment and of the last.
 * @returns undefined where no moment is in all of them.
 */
export function layGrid(files: readonly Span[], periodUs: number): Grid | undefined {
  const videos = files.filter(({ framesUs }) => framesUs.length > 0);
  const [reference] = videos;
  if (reference === undefined) return undefined;
  const beginUs = Math.max(...files.map((each) => each.beginUs));
  const anchor = reference.framesUs[nearest(reference.framesUs, beginUs)] as number;
  // Half a period before a file begins, its first frame still is the nearest.
  const first = anchor + Math.max(0, Math.ceil((beginUs - anchor) / periodUs - 0.5)) * periodUs;
  const endUs = Math.min(...videos.map(({ framesUs }) => framesUs.at(-1) as number));
  const frames = Math.floor((endUs - first) / periodUs + 0.5) + 1;
  return frames > 0 ? { beginUs: first, periodUs, frames } : undefined;
}

/** Which frame of a file stands in each slot. */
export interface Slots {
  /** By their places in the file, one a slot, never falling. */
  readonly shown: readonly number[];
  /** How far a slot's own frame is from its moment, in us; undefined where it has none. */
  readonly awayUs: readonly (number | undefined)[];
  /** Slots that have no frame of their own: they show the one before. */
  readonly repeated: readonly number[];
  /** Frames that no slot shows though they are in its time: another one is nearer. */
  readonly dropped: number;
}

/**
 * Gives each frame to the slot that is nearest in time, as a recording does. Of two that are nearest to one slot it
 * shows the nearer one; a slot without any shows the frame before.
 * @param framesUs Rising, at least one.
 */
export function fillSlots(framesUs: readonly number[], { beginUs, periodUs, frames }: Grid): Slots {
  const own = new Array<number | undefined>(frames).fill(undefined);
  const away = (frame: number, slot: number): number => (framesUs[frame] as number) - beginUs - slot * periodUs;
  let [before, dropped] = [0, 0];
  for (const [frame, us] of framesUs.entries()) {
    const slot = Math.round((us - beginUs) / periodUs);
    if (slot < 0) before = frame;
    if (slot < 0 || slot >= frames) continue;
    const other = own[slot];
    if (other !== undefined) dropped++;
    if (other === undefined || Math.abs(away(frame, slot)) < Math.abs(away(other, slot))) own[slot] = frame;
  }
  const repeated = [...own.keys()].filter((slot) => own[slot] === undefined);
  const awayUs = own.map((frame, slot) => (frame === undefined ? undefined : away(frame, slot)));
  const shown = own.map((frame) => {
    before = frame ?? before;
    return before;
  });
  return { shown, awayUs, repeated, dropped };
}

/** Rates that cameras have. */
const USUAL: readonly FrameRate[] = [24, 30, 48, 60, 120, 240]
  .flatMap((fps) => [
    { num: fps, den: 1 },
    { num: fps * 1000, den: 1001 },
  ])
  .concat([25, 50, 100, 15, 10, 90, 200].map((num) => ({ num, den: 1 })));
/** A rate within this share of a usual one is meant to be that. */
const MEANT = 0.003;
/** What is further apart than so many times the usual distance has a hole between. */
const HOLE = 1.5;

/**
 * The rate of a file by the times of its frames: holes and single late frames, as phones have them, change nothing.
 * @returns undefined of fewer than two frames.
 */
export function rateOf(timesUs: readonly number[]): FrameRate | undefined {
  const gaps = timesUs.slice(1).map((us, i) => us - (timesUs[i] as number));
  const usual = median(gaps);
  if (usual === undefined || !(usual > 0)) return undefined;
  const whole = gaps.filter((gap) => gap < HOLE * usual);
  const fps = (1e6 * whole.length) / whole.reduce((sum, gap) => sum + gap, 0);
  const off = (rate: FrameRate): number => Math.abs(framesPerSecond(rate) / fps - 1);
  const [near] = [...USUAL].sort((a, b) => off(a) - off(b));
  return near && off(near) < MEANT ? near : { num: Math.round(fps * 1000), den: 1000 };
}

/** The place of the value that is nearest. @param rising At least one. */
function nearest(rising: readonly number[], value: number): number {
  let at = 0;
  while (Math.abs((rising[at + 1] ?? Number.POSITIVE_INFINITY) - value) < Math.abs((rising[at] as number) - value))
    at++;
  return at;
}
