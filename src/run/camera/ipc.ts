import type { CameraInfo } from '../../camera/camera.ts';
import type { ClockInfo } from '../../host/clock-info.ts';
import type { Line } from './notices.ts';
import type { CameraResult, CameraSnapshot } from './snapshot.ts';

/** What a camera process tells the one that started it. */
export type FromCamera =
  | { kind: 'snapshot'; snapshot: CameraSnapshot }
  | { kind: 'opened'; info: CameraInfo; clock: ClockInfo }
  | { kind: 'line'; line: Line }
  | { kind: 'done'; result: CameraResult }
  | { kind: 'failed'; message: string; usage: boolean };

/** What it is told: end the recording before frame `index`, or at once; fix when it begins. */
export type ToCamera = { kind: 'stop'; index?: number } | { kind: 'begin' };

/** Set in the environment of a camera process that reports over its channel. */
export const SUPERVISED = 'GENLOCK_SUPERVISED';
