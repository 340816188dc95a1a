import type { SoundRate } from '../../audio/sample-clock.ts';

/** What a sound's process is told. */
export type ToSound =
  /** When frame 0 is, in us of boot time, and how long the pictures are, where that is set. The last word counts. */
  | { kind: 'begin'; frame0Us: number; lengthUs: number | undefined }
  /** The pictures are over, at the latest so many us behind frame 0. */
  | { kind: 'finish'; lengthUs: number };

/** How a sound is doing. */
export interface SoundSnapshot {
  readonly name: string;
  /** Seconds that its file has. */
  readonly seconds: number;
  /** How far its clock is off; undefined where it was too short to tell. */
  readonly drift: SoundRate | undefined;
  /** Samples that were lost within the file, and how often. */
  readonly lost: { readonly samples: number; readonly times: number };
  /** The loudest sample of late, 0 to 1. */
  readonly peak: number;
  /** Why it is over, where it ended before the pictures, and how many seconds its file had then. */
  readonly over?: { readonly why: string; readonly seconds: number } | undefined;
}

/** What a sound's process tells. */
export type FromSound =
  | { kind: 'opened'; rate: number; channels: number }
  | { kind: 'snapshot'; snapshot: SoundSnapshot; startUs: number | undefined }
  | { kind: 'done' }
  | { kind: 'failed'; message: string; usage: boolean };
