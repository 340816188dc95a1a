import type { SyncMessage } from '../../wire/message.ts';
import { correction } from '../stock-client.ts';

/**
 * Frames that a message is dated back. A message from the future makes the stock arithmetic err by a frame; a process
 * that was stopped for a while and then takes frames late must not come before it.
 */
const DATED_BACK = 8;
/** A part of a frame is never shorter, in us. */
const LEAST_PART_US = 100;
/** Frames that a sure message is dated ahead, of those that it tells of: the original counts them in 32 bits. */
const DATED_AHEAD = 2e9;
/** A ready time that never comes: a year ahead, in us. */
const NEVER_US = 365 * 86_400e6;

/**
 * What a message says of the beginning of the recording: not yet; now, whenever it is read; or a moment of the
 * process's wall clock, in us.
 */
export type Ready = 'never' | 'now' | number;

/** A message that was sent, and what is known of it. */
export interface Order {
  readonly message: SyncMessage;
  /** Number of the frame that takes it: the one it was meant for, until another is known to have. */
  frame: number;
  /** Lines of the frame that it shapes, by what is known now. */
  lines: number;
  /** How likely it makes a line more or less than was wanted: a share. */
  readonly risk: number;
  /** True for a message that makes the same of every frame that takes it (`sureMessage`). */
  readonly sure?: boolean;
  /** What the process computed from it, in us; undefined until that is known. */
  correctionUs: number | undefined;
}

/**
 * The message of which the stock algorithm computes this correction, if a frame at `takenUs` (the process's wall clock,
 * whole us) takes it. Taken a frame sooner or later it makes the same one, up to what that frame is longer than
 * `frameUs` (whole us).
 * @param parts into how many a frame is divided: the algorithm is told of frames so much shorter. Whatever happens to
 *   the process's clock, it then corrects by half of such a part at most.
 */
export function orderMessage(
  takenUs: number,
  correctionUs: number,
  frameUs: number,
  ready: Ready,
  parts = 1,
): SyncMessage {
  const frameDurationUs = Math.round(frameUs / parts);
  const wallClockUs = Math.round(takenUs - correctionUs) - DATED_BACK * parts * frameDurationUs;
  return { frameDurationUs, wallClockUs, readyTimeUs: readyTime(ready, takenUs) };
}

/**
 * The message of which the stock algorithm computes a correction between -3/2 of a duration and -1/2 of it, whenever it
 * is taken, and whatever the noise of the stamp that meets it. The algorithm counts the frames between the message's
 * time and its own by a division that is truncated towards zero: for a message from the future that is up, to the frame
 * before the nearest or that before it. Where `LineArithmetic.sureDuration` gives the duration, all those corrections
 * make a frame of the same number of lines.
 *
 * A clock that is set forward by less than some hours makes the message one from the past, with corrections within half
 * of the duration: of a line at most.
 * @param durationUs whole us.
 */
export function sureMessage(takenUs: number, durationUs: number, ready: Ready): SyncMessage {
  const wallClockUs = Math.round(takenUs) + DATED_AHEAD * durationUs;
  return { frameDurationUs: durationUs, wallClockUs, readyTimeUs: readyTime(ready, takenUs) };
}

/**
 * Into how many parts a frame is divided, so that corrections of up to `mostUs` either way fit into half of one, and
 * all parts together are a frame to a microsecond.
 */
export function partsOf(frameUs: number, mostUs: number): number {
  let parts = 1;
  const most = Math.max(LEAST_PART_US / 2, mostUs);
  for (let each = 2; frameUs / each / 2 > most; each++)
    if (Math.abs(each * Math.round(frameUs / each) - frameUs) <= 1) parts = each;
  return parts;
}

/**
 * A message that corrects nothing, whenever it is taken: with frames of 1 us every time is on the grid. It tells the
 * ready time.
 */
export function ping(nowUs: number, ready: Ready): SyncMessage {
  return { frameDurationUs: 1, wallClockUs: Math.round(nowUs) - 1_000_000, readyTimeUs: readyTime(ready, nowUs) };
}

/** What a frame at `takenUs` computes from the message, in whole us. */
export const outcome = (message: SyncMessage, takenUs: number): number => correction(takenUs, message);

const readyTime = (ready: Ready, nowUs: number): number =>
  ready === 'never' ? Math.round(nowUs + NEVER_US) : ready === 'now' ? 1 : Math.round(ready);
