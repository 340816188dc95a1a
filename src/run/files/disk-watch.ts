import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** How a take's disk is doing. */
export interface DiskState {
  /** What may still be written there, in bytes. */
  readonly freeBytes: number;
  /** What all cameras write a second; an estimate until they have written for a while. */
  readonly bytesPerS: number;
  /** True until the cameras have written for a while: `bytesPerS` is an estimate. */
  readonly estimated: boolean;
  /** Until the recording is stopped for want of room, at this rate, s. */
  readonly leftS: number;
}

export interface DiskWatchOptions {
  readonly folder: string;
  /** The files that grow, relative to the folder, as they are now. */
  files(): readonly string[];
  /** What will be needed once the recording is over, for files that are made into others then: their size, again. */
  readonly again: (file: string) => boolean;
  /** Bytes a second to go by until something was written. */
  readonly expectedBytesPerS: number;
  onState(state: DiskState): void;
  /** The disk is nearly full. */
  onLow(state: DiskState): void;
  /** The folder is not there any more. */
  onGone(): void;
}

const LOOK_MS = 500;
/** The rate is taken over this time, ms. */
const RATE_OVER_MS = 15_000;
/**
 * Cameras are stopped while there is room for so much more time: for what is still in the encoders and to close the
 * files.
 */
const RESERVE_S = 4;
/** And at least so many bytes: `take.json`, the indices of the files, the report. */
export const RESERVE_BYTES = 4 << 20;

/** Watches the disk that a take is recorded on. */
export class DiskWatch {
  private readonly options: DiskWatchOptions;
  private readonly timer: NodeJS.Timeout;
  private readonly samples: { readonly ms: number; readonly bytes: number }[] = [];
  private looking = false;
  private over = false;

  constructor(options: DiskWatchOptions) {
    this.options = options;
    this.timer = setInterval(() => void this.look(), LOOK_MS);
  }

  stop(): void {
    this.over = true;
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    // A disk that stalls answers late: one question at a time.
    if (this.looking) return;
    this.looking = true;
    try {
      const free = await freeBytes(this.options.folder);
      if (this.over) return;
      if (free === undefined) {
        this.stop();
        this.options.onGone();
        return;
      }
      const state = await this.measure(free);
      if (this.over) return;
      this.options.onState(state);
      if (state.leftS > 0) return;
      this.stop();
      this.options.onLow(state);
    } finally {
      this.looking = false;
    }
  }

  private async measure(free: number): Promise<DiskState> {
    let [bytes, again] = [0, 0];
    for (const file of this.options.files()) {
      const size = (await stat(join(this.options.folder, file)).catch(() => undefined))?.size ?? 0;
      bytes += size;
      if (this.options.again(file)) again = Math.max(again, size);
    }
    const ms = performance.now();
    // A camera that is started again begins a new file: what was written before says nothing of what grows now.
    if (bytes < (this.samples.at(-1)?.bytes ?? 0)) this.samples.length = 0;
    if (bytes > 0) this.samples.push({ ms, bytes });
    while (this.samples.length > 2 && ms - (this.samples[0]?.ms ?? ms) > RATE_OVER_MS) this.samples.shift();
    const first = this.samples[0] ?? { ms, bytes };
    const measured = ms - first.ms > 2000 && bytes > first.bytes;
    const bytesPerS = measured ? ((bytes - first.bytes) * 1000) / (ms - first.ms) : this.options.expectedBytesPerS;
    return {
      freeBytes: free,
      bytesPerS,
      estimated: !measured,
      leftS: secondsLeft(free - again, bytesPerS),
    };
  }
}

/** What is left free on the disk of a take that writes so much, bytes. */
export const reserveBytes = (bytesPerS: number): number => RESERVE_BYTES + RESERVE_S * bytesPerS;

/** How long a recording can go on, s. */
export const secondsLeft = (free: number, bytesPerS: number): number =>
  Math.max(0, (free - reserveBytes(bytesPerS)) / bytesPerS);

/** What a user may still write there, bytes; undefined where there is no such folder. */
export async function freeBytes(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

/** Bits a pixel that x264 takes at our settings: between a calm scene's 0.1 and a noisy one's 0.5. */
const BITS_PER_PIXEL = 0.3;

/** What cameras of this size may be expected to write, bytes a second. */
export const expectedBytesPerS = (cameras: number, width: number, height: number, fps: number): number =>
  (cameras * width * height * fps * BITS_PER_PIXEL) / 8;
