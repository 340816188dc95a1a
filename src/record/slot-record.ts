/**
 * Why a slot has no frame of its own: the camera delivered none, the encoder was behind, or what was captured did not
 * outlive its process.
 */
export type RepeatCause = 'missed' | 'overload' | 'lost';

/** What became of one slot of a recording: frame `slot` of the file. */
export interface SlotRecord<Row> {
  readonly slot: number;
  /** `repeated`: nothing was captured for it, or what was captured could not be taken; it shows the frame before. */
  readonly state: 'captured' | 'repeated';
  /** Of a repeat. */
  readonly cause?: RepeatCause | undefined;
  /** What is known of the capture; undefined for a repeat, which has none of its own. */
  readonly row: Row | undefined;
}

/** What frames.csv says of a captured frame, all in us except the gain; undefined is not known. */
export interface FrameRow {
  /** Time of the frame on the host's wall clock. */
  readonly wallClockUs: number | undefined;
  /** The sensor timestamp, on CLOCK_BOOTTIME. */
  readonly sensorUs: number | undefined;
  readonly exposureUs: number | undefined;
  readonly gain: number | undefined;
  /** Frame start minus its slot's time on the timeline. */
  readonly phaseUs: number | undefined;
  /** What the sync machine asked to be added to the next frame's duration. */
  readonly correctionUs: number | undefined;
}
