import type { FrameRate } from '../time/frame-rate.ts';

/** What became of a slot: as `frames.csv` has it, with the cause of a repeat where one is known. */
export type SlotState = 'captured' | 'missed' | 'overload' | 'lost' | 'repeated' | 'unknown';

/** One file of a camera, with what became of each of its slots. */
export interface ExportPart {
  /** The video's name in the folder of the take. */
  readonly file: string;
  /** Index of its first frame on the take's timeline. */
  readonly firstIndex: number;
  /** What became of each frame, the file's first one first. */
  readonly states: readonly SlotState[];
  /**
   * When each frame was captured, on the wall clock of the camera's host, us since 1970: of frames that have no time of
   * their own when their slot was, by the frames around them.
   */
  readonly wallUs: Float64Array;
  /** How far each was behind its place on the server's timeline, us; NaN where that is not known. */
  readonly phaseUs: Float64Array;
}

/** One camera of a take. */
export interface ExportCamera {
  readonly name: string;
  /** Its sensor or device, where that is known. */
  readonly model: string | undefined;
  /** In the order of time; one, but for a camera that was started again. */
  readonly parts: readonly ExportPart[];
}

/** A finished take as it is exported. */
export interface ExportTake {
  /** What it is called: the name of its folder. */
  readonly name: string;
  readonly frameRate: FrameRate;
  /** Slots of every camera. */
  readonly frames: number;
  readonly width: number;
  readonly height: number;
  /** When frame 0 is, us since 1970 on the server's wall clock. */
  readonly startUs: number;
  /** Whether files hold true times in place of constant periods. */
  readonly trueTimes: boolean;
  readonly note: string | undefined;
  /** The server first. */
  readonly cameras: readonly ExportCamera[];
}

/** Frames behind each other to which the same happened. */
export interface Stretch {
  /** Indices on the timeline, both included. */
  readonly first: number;
  readonly last: number;
  /** `absent`: no file of the camera has them. */
  readonly state: SlotState | 'absent';
}

/** Where a camera has no picture of its own, in the order of time: repeats, and frames that no file has. */
export function stretchesOf({ parts }: ExportCamera, frames: number): Stretch[] {
  const found: Stretch[] = [];
  let next = 0;
  for (const part of parts) {
    if (part.firstIndex > next) found.push({ first: next, last: part.firstIndex - 1, state: 'absent' });
    found.push(...stretchesIn(part));
    next = part.firstIndex + part.states.length;
  }
  if (next < frames) found.push({ first: next, last: frames - 1, state: 'absent' });
  return found;
}

/** The same of one file. */
export function stretchesIn({ firstIndex, states }: ExportPart): Stretch[] {
  const found: { first: number; last: number; state: SlotState }[] = [];
  for (const [at, state] of states.entries()) {
    if (state === 'captured' || state === 'unknown') continue;
    const index = firstIndex + at;
    const before = found.at(-1);
    if (before?.state === state && before.last === index - 1) before.last = index;
    else found.push({ first: index, last: index, state });
  }
  return found;
}
