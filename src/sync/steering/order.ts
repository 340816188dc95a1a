import type { SyncMessage } from '../../wire/message.ts';
import { correction } from '../stock-client.ts';

/**
 * Frames that a message is dated back. A message from the future makes the stock arithmetic err by a frame; a process that was stopped for a while and
 * then takes frames late must not come before it.
 */
const DATED_BACK = 8;
/** A ready time that never comes: a year ahead, in us. */
const NEVER_US = 365 * 86_400e6;

/** What a message says of the beginning of the recording: not yet; now, whenever it is read; or a moment of the process's wall clock, in us. */
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
  /** What the process computed from it, in us; undefined until that is known. */
  correctionUs: number | undefined;
}

/**
 * The message of which the stock algorithm computes this correction, if a frame at `takenUs` (the process's wall clock, whole us) takes it. Taken a
 * frame sooner or later it makes the same one, up to what that frame is longer than `frameUs` (whole us).
 */
export function orderMessage(takenUs: number, correctionUs: number, frameUs: number, ready: Ready): SyncMessage {
  const wallClockUs = Math.round(takenUs - correctionUs) - DATED_BACK * frameUs;
  return { frameDurationUs: frameUs, wallClockUs, readyTimeUs: readyTime(ready, takenUs) };
}

/** A message that corrects nothing, whenever it is taken: with frames of 1 us every time is on the grid. It tells the ready time. */
export function ping(nowUs: number, ready: Ready): SyncMessage {
  return { frameDurationUs: 1, wallClockUs: Math.round(nowUs) - 1_000_000, readyTimeUs: readyTime(ready, nowUs) };
}

/** What a frame at `takenUs` computes from the message, in whole us. */
export const outcome = (message: SyncMessage, takenUs: number): number => correction(takenUs, message);

const readyTime = (ready: Ready, nowUs: number): number =>
  ready === 'never' ? Math.round(nowUs + NEVER_US) : ready === 'now' ? 1 : Math.round(ready);
