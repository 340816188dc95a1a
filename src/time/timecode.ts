import type { FrameRate } from './frame-rate.ts';

/** When frame 0 of a timeline is, as it was decided once, for all its cameras. */
export interface TimelineStart {
  /** On the server's wall clock, us since 1970, whole. */
  readonly wallUs: number;
  /** What the local time there is ahead of UTC, in minutes. */
  readonly utcOffsetMinutes: number;
}

/** How a rate's timecode counts (SMPTE ST 12-1). */
interface Count {
  /** Frames that a second of timecode has. */
  readonly frames: number;
  /** Frame numbers that are left out at each minute but every tenth; 0 where none are. */
  readonly dropped: number;
}

/**
 * The frames of a second stand in one byte of a timecode track (QuickTime File Format, timecode sample description).
 */
const MOST_FRAMES = 255;

const MINUTES_A_DAY = 24 * 60;

/** Undefined for rates without a timecode: those that are neither whole nor 1000/1001 of a whole one. */
function countOf({ num, den }: FrameRate): Count | undefined {
  const frames = den === 1 ? num : den === 1001 && num % 1000 === 0 ? num / 1000 : 0;
  if (frames < 1 || frames > MOST_FRAMES) return undefined;
  // 2 of 30, so that the count keeps up with the clock at 30000/1001, and in proportion at its multiples.
  return { frames, dropped: den === 1001 && frames % 30 === 0 ? frames / 15 : 0 };
}

export const hasTimecode = (rate: FrameRate): boolean => countOf(rate) !== undefined;

/**
 * The timecode of frame `index` of a timeline: `10:20:30:12`, with `;` before the frame where numbers are left out.
 * Frame 0 has the time of day at which the timeline starts, and from there every frame counts. Undefined where the rate
 * has none.
 */
export function timecodeAt(
  { wallUs, utcOffsetMinutes }: TimelineStart,
  rate: FrameRate,
  index: number,
): string | undefined {
  const count = countOf(rate);
  if (count === undefined) return undefined;
  const dayUs = MINUTES_A_DAY * 60e6;
  const localUs = (((wallUs + utcOffsetMinutes * 60e6) % dayUs) + dayUs) % dayUs;
  return format(firstNumber(localUs, count) + index, count);
}

/**
 * The number of the frame that a timecode is of, counted from midnight: the inverse of what `timecodeAt` says.
 * @returns undefined where the text is no timecode, or the rate has none.
 */
export function frameOfTimecode(text: string, rate: FrameRate): number | undefined {
  const count = countOf(rate);
  const [, h, m, s, f] = /^(\d+):(\d\d):(\d\d)[:;.](\d+)$/.exec(text) ?? [];
  if (count === undefined || h === undefined) return undefined;
  const minutes = Number(h) * 60 + Number(m);
  // Only a code with `;` leaves numbers out, whatever the rate.
  const dropped = /[;.]\d+$/.test(text) ? count.dropped : 0;
  return (minutes * 60 + Number(s)) * count.frames + Number(f) - dropped * (minutes - Math.floor(minutes / 10));
}

/** The number of the frame that has a time of day as its timecode, counted from midnight. */
function firstNumber(localUs: number, { frames, dropped }: Count): number {
  const seconds = Math.floor(localUs / 1e6);
  const minutes = Math.floor(seconds / 60);
  // The numbers that are left out belong to no frame: the next one does.
  const least = seconds % 60 === 0 && minutes % 10 !== 0 ? dropped : 0;
  const frame = Math.max(least, Math.floor(((localUs % 1e6) * frames) / 1e6));
  return seconds * frames + frame - dropped * (minutes - Math.floor(minutes / 10));
}

function format(number: number, { frames, dropped }: Count): string {
  const minute = 60 * frames - dropped;
  const tenMinutes = 10 * minute + dropped;
  const day = (MINUTES_A_DAY / 10) * tenMinutes;
  const today = ((number % day) + day) % day;
  const tens = Math.floor(today / tenMinutes);
  // The first of ten minutes leaves nothing out.
  const later = Math.max(0, Math.floor(((today % tenMinutes) - dropped) / minute));
  const label = today + dropped * (9 * tens + later);
  const seconds = Math.floor(label / frames);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `${two(h)}:${two(m)}:${two(s)}${dropped > 0 ? ';' : ':'}${two(label % frames)}`;
}
