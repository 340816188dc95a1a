import type { BootUs } from '../../time/units.ts';

/**
 * What a steerer hears its camera by, the best first; by `grid` it hears nothing, and with `stock` it does what a stock
 * server does.
 */
export type Channel = 'log' | 'metadata' | 'grid' | 'stock';

/** What a stock camera's process says of one frame. */
export interface FrameReport {
  readonly channel: 'log' | 'metadata';
  /** The sensor's stamp, on the boot clock. */
  readonly sensorUs: BootUs;
  /** The same moment on the process's wall clock, by its own clock recovery. */
  readonly wallUs: number;
  /** Length of the frame in lines, which the log tells. */
  readonly lines?: number;
  /** Length of the frame truncated to whole us, which the metadata tell. */
  readonly durationUs?: number;
  /** Duration of a line by the nominal crystal, in us, which the log tells. */
  readonly lineUs?: number;
  /** The message that was taken with this frame, which the log tells. */
  readonly taken?: Taken;
}

/** A message as the process acknowledges it. */
export interface Taken {
  /** The time in the message: its name. In whole us of the wall clock, as is the next. */
  readonly serverUs: number;
  /** The frame's time as the algorithm used it. */
  readonly clientUs: number;
  readonly correctionUs: number;
}
