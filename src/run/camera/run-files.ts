import type { CapturedFrame } from '../../camera/camera.ts';
import type { PictureSource, RecorderSummary } from '../../record/recorder.ts';
import type { FrameRow } from '../../record/slot-record.ts';
import type { TimelineStart } from '../../time/timecode.ts';
import type { RoleFrame } from './role.ts';

/** What is known of a captured frame. */
export interface RecordedFrame extends FrameRow {
  /** How long the frame lasts, in us, where the camera says so. */
  readonly durationUs?: number | undefined;
  readonly colourGains?: readonly [number, number] | undefined;
  readonly digitalGain?: number | undefined;
  readonly scalerCrop?: readonly [number, number, number, number] | undefined;
  readonly timerUs: number | undefined;
  readonly ready: boolean;
  readonly sync: boolean;
}

/** What is written of a frame beside its picture. @param sync True where the camera is one of several. */
export function recordedFrame(frame: CapturedFrame, step: RoleFrame, wallUs: number, sync: boolean): RecordedFrame {
  const { sensorUs, exposureUs, gain, durationUs, colourGains, digitalGain, scalerCrop } = frame;
  const { phaseUs, correctionUs, timerUs, ready } = step;
  return {
    ...{ wallClockUs: wallUs, sensorUs, exposureUs, gain, durationUs, colourGains, digitalGain, scalerCrop },
    ...{ phaseUs, correctionUs, timerUs, ready, sync },
  };
}

/**
 * The files of one camera, as its run sees them. Frames go in by position: their place among the recorded ones, pauses
 * left out.
 */
export interface RunFiles {
  readonly ready: boolean;
  readonly encoderName: string | undefined;
  /** Names of the videos that are finished. */
  readonly written: readonly string[];
  /** Says when frame 0 of the timeline is, for what files say of themselves. The first word counts. */
  startsAt(start: TimelineStart): void;
  /**
   * Opens the files; again and again does no harm.
   * @param startUs the wall clock at the first position, as far as it can be told.
   * @param onError is told when recording can't go on.
   */
  open(startUs: number, onError: (error: Error) => void): Promise<void>;
  /** Names the first position. `preroll` is the frame before it. */
  begin(firstPosition: number, preroll: PictureSource | undefined): void;
  /** @returns false where the frame could not be taken: its position shows the one before. */
  offer(position: number, picture: PictureSource, row: RecordedFrame): boolean;
  /** The recording goes on with this position after a pause. */
  resumeAt(position: number): void;
  /** Saves the circular buffer up to a position, not included. */
  save(endPosition: number): void;
  /** The recording ends soon: nobody is waited for any more. */
  leave(): void;
  summary(): RecorderSummary | undefined;
  /** Finishes all files. `endPosition` is the one behind the last; undefined where the recording never began. */
  close(endPosition: number | undefined): Promise<void>;
}
