import type { BootUs } from '../time/units.ts';
import { between, REACH } from './between-samples.ts';
import { type LostSamples, SampleClock, type SoundRate } from './sample-clock.ts';

/** Sound from before frame 0 is kept for this long, in s: the beginning is told ahead of time. */
const KEPT_S = 10;
/** Corrected, the sound is read at most this much faster or slower than it came, as a share. */
const MOST_CORRECTION = 1e-3;
/** The reading speed is set anew each so many samples. */
const STRETCH = 1024;

export interface SoundTrackOptions {
  /** Nominal, in samples a second. */
  readonly rate: number;
  readonly channels: number;
  /** Whether the sound is read at the host's rate, so that its drift is gone. */
  readonly correct: boolean;
}

/**
 * The sound of a take: blocks with their stamps go in, what belongs into its file comes out. The first sample stands at
 * frame 0; what was lost is silence, so that time stays true; the end is where the pictures end.
 */
export class SoundTrack {
  readonly clock: SampleClock;
  /** Samples lost within the file, and how often. */
  lost = { samples: 0, times: 0 };
  private readonly options: SoundTrackOptions;
  /** Interleaved, from position `base` on. */
  private kept = new Float32Array(0);
  private used = 0;
  private base = 0;
  private frame0: BootUs | undefined;
  /** Position that the next sample of the file is read at. */
  private place: number | undefined;
  private written = 0;
  private startedUs: BootUs | undefined;
  /** Samples that the file gets. */
  private most = Number.POSITIVE_INFINITY;

  constructor(options: SoundTrackOptions) {
    this.options = options;
    this.clock = new SampleClock(options.rate);
  }

  /** Samples of each channel that the file has. */
  get length(): number {
    return this.written;
  }

  /** How much faster than nominal the sound's clock runs; undefined where it can't be told yet. */
  get rate(): SoundRate | undefined {
    return this.clock.rate;
  }

  /** When the file's first sample was taken; undefined where it has none. */
  get startUs(): BootUs | undefined {
    return this.startedUs;
  }

  /** Says when frame 0 is; it may lie in the future, or up to 10 s back. */
  begin(frame0: BootUs): void {
    this.frame0 = frame0;
  }

  /**
   * Takes a block.
   * @param stamp When its first sample was taken, in us of boot time.
   * @param samples Interleaved channels, -1 to 1.
   * @returns what the file goes on with, interleaved.
   */
  push(stamp: BootUs, samples: Float32Array): Float32Array {
    const lost = this.clock.add(stamp, samples.length / this.options.channels);
    this.keep(samples);
    if (lost !== undefined) this.fill(lost);
    return this.read(this.clock.settled - REACH);
  }

  /**
   * Says how long the pictures are, in us, before the sound is there: sound beyond that is not for the file. A file
   * that has more already (`length`) is cut by whoever writes it.
   */
  endsAt(us: number): void {
    this.most = Math.round((us * this.options.rate) / 1e6);
  }

  /** Ends the file with the pictures. @returns what is left of the sound, and silence where it ended before them. */
  end(): Float32Array {
    const left = Number.isFinite(this.most) ? Math.max(0, this.most - this.written) : 0;
    const rest = this.read(Number.POSITIVE_INFINITY);
    const all = new Float32Array(Math.max(rest.length, left * this.options.channels));
    all.set(rest);
    this.written += (all.length - rest.length) / this.options.channels;
    return all;
  }

  private keep(samples: Float32Array): void {
    const { rate, channels } = this.options;
    const from = this.place ?? this.base + this.used / channels - KEPT_S * rate;
    const free = Math.min(this.used / channels, Math.max(0, Math.floor(from) - REACH - this.base));
    // What is not needed any more is moved out of the way when room is needed, not block by block.
    if (this.used + samples.length > this.kept.length) {
      this.kept.copyWithin(0, free * channels, this.used);
      this.used -= free * channels;
      this.base += free;
      this.makeRoom(samples.length);
    }
    this.kept.set(samples, this.used);
    this.used += samples.length;
  }

  private makeRoom(more: number): void {
    // Half of it stays free, so that what is kept is moved seldom.
    if (2 * (this.used + more) <= this.kept.length) return;
    const kept = new Float32Array(4 * (this.used + more));
    kept.set(this.kept.subarray(0, this.used));
    this.kept = kept;
  }

  /** Puts silence where samples were lost. */
  private fill({ position, samples }: LostSamples): void {
    const { channels } = this.options;
    const at = Math.max(0, (position - this.base) * channels);
    const [silence, behind] = [samples * channels, this.kept.slice(at, this.used)];
    this.makeRoom(silence);
    this.kept.fill(0, at, at + silence);
    this.kept.set(behind, at + silence);
    this.used += silence;
    if (this.place !== undefined) this.lost = { samples: this.lost.samples + samples, times: this.lost.times + 1 };
  }

  /** Reads on as far as this position. */
  private read(until: number): Float32Array {
    const { channels } = this.options;
    const { frame0 } = this;
    if (frame0 === undefined || !this.clock.known) return new Float32Array(0);
    const end = Math.min(until, this.base + this.used / channels);
    const exact = this.clock.positionAt(frame0);
    // The fit is as good as it gets before frame 0 has come; from then on the place is held.
    if (this.place === undefined && end < exact) return new Float32Array(0);
    this.place ??= this.options.correct ? exact : Math.round(exact);
    this.startedUs ??= this.clock.timeOf(this.place);
    const pieces: Float32Array[] = [];
    for (let left = this.most - this.written; left > 0; ) {
      const step = this.step(frame0);
      const count = Math.min(left, STRETCH, Math.floor((end - this.place) / step));
      if (count <= 0) break;
      pieces.push(this.stretch(count, step));
      left -= count;
    }
    return joined(pieces);
  }

  /** Samples of the sound to one of the file: such that the next stretch ends where it should. */
  private step(frame0: BootUs): number {
    if (!this.options.correct) return 1;
    const at = frame0 + ((this.written + STRETCH) * 1e6) / this.options.rate;
    const step = (this.clock.positionAt(at as BootUs) - (this.place as number)) / STRETCH;
    return Math.max(1 - MOST_CORRECTION, Math.min(1 + MOST_CORRECTION, step));
  }

  private stretch(count: number, step: number): Float32Array {
    const { channels, correct } = this.options;
    const out = new Float32Array(count * channels);
    const from = (this.place as number) - this.base;
    const kept = this.kept.subarray(0, this.used);
    for (let i = 0; i < count; i++)
      for (let channel = 0; channel < channels; channel++)
        out[i * channels + channel] = correct
          ? between(kept, channels, channel, from + i * step)
          : (kept[(from + i) * channels + channel] ?? 0);
    this.place = (this.place as number) + count * step;
    this.written += count;
    return out;
  }
}

function joined(pieces: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
