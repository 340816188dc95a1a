import type { Learned } from './learned.ts';
import type { FrameReport } from './report.ts';

/** What is known of a frame that the camera is making now. */
export interface SteeredState {
  readonly state: 'waiting' | 'acquiring' | 'locked';
  /** How far the frame is behind its place, in us. */
  readonly phaseUs: number | undefined;
  /** How far it may be from its place by all that is known, in us. */
  readonly boundUs: number | undefined;
}

/** A way of writing a stock camera's messages. Times are on the boot clock, in us, unless they are named otherwise. */
export interface Way {
  /** When it wants to be woken next; undefined as long as nothing but a report can move it. */
  readonly wakeUs: number | undefined;
  /** It is time. @param wallUs the host's wall clock at the same moment. @returns the datagram to send now. */
  wake(nowUs: number, wallUs: number): Uint8Array | undefined;
  /** The process said something of a frame, heard at `nowUs`. */
  report(report: FrameReport, nowUs: number): void;
  /** The recording begins with this frame of the grid. */
  begin(number: number): void;
  /** What is known of the frame that the camera makes at a moment. */
  at(nowUs: number): SteeredState;
  /** What was learned of the camera; undefined as long as nothing was. */
  readonly learned: Learned | undefined;
}
