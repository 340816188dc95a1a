import { SoundTrack } from '../../audio/sound-track.ts';
import type { Microphone } from '../../microphone/microphone.ts';
import { WavFile } from '../../record/wav.ts';
import type { Clock } from '../../time/clock.ts';
import { type BootUs, bootUs } from '../../time/units.ts';
import type { FromSound, SoundSnapshot } from './ipc.ts';

/** How often it tells how it is doing, in ms. */
const SNAPSHOT_MS = 500;
/** A microphone that gives nothing for this long is gone, in ms. */
const SILENT_MS = 3_000;
/** What was taken comes this much later at the most, in us. */
const LATE_US = 1_500_000;
const LOOK_MS = 20;

export interface SoundRunOptions {
  readonly name: string;
  readonly file: string;
  /** Whether drift is taken out. */
  readonly correct: boolean;
}

/** One microphone's sound of one take, from its first sample to its closed file. */
export class SoundRun {
  private readonly options: SoundRunOptions;
  private readonly microphone: Microphone;
  private readonly clock: Clock;
  private readonly tell: (message: FromSound) => void;
  private readonly track: SoundTrack;
  private file: Promise<WavFile> | undefined;
  private open: WavFile | undefined;
  /** What came before the file was open. */
  private waiting: Float32Array[] = [];
  private frame0Us: BootUs | undefined;
  private lengthUs: number | undefined;
  private peak = 0;
  private heardMs = performance.now();
  /** Why its sound is over, where that was before its end. */
  private ending: SoundSnapshot['over'];
  private finishing: Promise<void> | undefined;
  private failure: Error | undefined;

  constructor(
    options: SoundRunOptions,
    microphone: Microphone,
    clock: Clock,
    tell: (message: FromSound) => void = () => {},
  ) {
    this.options = options;
    this.microphone = microphone;
    this.clock = clock;
    this.tell = tell;
    const { rate, channels } = microphone;
    this.track = new SoundTrack({ rate, channels, correct: options.correct });
  }

  /** Listens until `finish`. A microphone that ends before leaves silence. */
  async run(): Promise<void> {
    const looking = setInterval(() => this.look(), SNAPSHOT_MS);
    try {
      await this.microphone.run((stamp, samples) => this.hear(stamp, samples));
      this.over('its sound ended');
    } catch (error) {
      this.over((error as Error).message);
    } finally {
      clearInterval(looking);
    }
    if (this.frame0Us !== undefined) this.snapshot();
  }

  /** @param lengthUs How long the pictures are, where that is set. */
  begin(frame0Us: number, lengthUs: number | undefined): void {
    this.frame0Us = bootUs(frame0Us);
    this.lengthUs = lengthUs;
    this.track.begin(this.frame0Us);
    if (lengthUs !== undefined) this.track.endsAt(lengthUs);
    if (this.file !== undefined) return;
    const { rate, channels } = this.microphone;
    this.file = WavFile.open(this.options.file, { rate, channels });
    this.file.then(
      (file) => {
        this.open = file;
        this.write(new Float32Array(0));
      },
      (error: Error) => {
        this.failure = error;
      },
    );
  }

  /** Nobody is there any more who would tell of the end: it goes on to the one that was set, else it ends now. */
  orphaned(): Promise<void> {
    const sinceUs = this.frame0Us === undefined ? 0 : this.clock.boot() - this.frame0Us;
    return this.finish(this.lengthUs ?? Math.max(0, sinceUs));
  }

  /**
   * Ends the file with the pictures.
   * @param lengthUs from frame 0 to their end at the latest. @throws FailureError where something could not be written.
   */
  finish(lengthUs: number): Promise<void> {
    this.finishing ??= this.finishAt(Math.min(lengthUs, this.lengthUs ?? lengthUs));
    return this.finishing;
  }

  private async finishAt(lengthUs: number): Promise<void> {
    this.track.endsAt(lengthUs);
    const samples = Math.round((lengthUs * this.microphone.rate) / 1e6);
    const deadline = (this.frame0Us ?? 0) + lengthUs + LATE_US;
    const opening = this.file;
    while (opening !== undefined && !this.isOver && this.track.length < samples && this.clock.boot() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    await this.microphone.close();
    if (opening === undefined) return;
    const file = await opening;
    this.write(this.track.end());
    await file.close(samples);
    this.snapshot();
    if (this.failure !== undefined) throw this.failure;
  }

  private get isOver(): boolean {
    return this.ending !== undefined || this.failure !== undefined;
  }

  /** What its file has. */
  private get seconds(): number {
    return this.track.length / this.microphone.rate;
  }

  private over(why: string): void {
    if (this.finishing === undefined) this.ending ??= { why, seconds: this.seconds };
  }

  private hear(stamp: BootUs, samples: Float32Array): void {
    this.heardMs = performance.now();
    for (const sample of samples) this.peak = Math.max(this.peak, Math.abs(sample));
    if (!this.isOver) this.write(this.track.push(stamp, samples));
  }

  private write(samples: Float32Array): void {
    this.waiting.push(samples);
    if (this.open === undefined) return;
    try {
      for (const each of this.waiting.splice(0)) this.open.write(each);
    } catch (error) {
      this.failure ??= error as Error;
    }
  }

  private look(): void {
    const silentMs = performance.now() - this.heardMs;
    if (silentMs > SILENT_MS && !this.isOver) {
      this.over(`gave no sound for ${(silentMs / 1000).toFixed(0)} s`);
      void this.microphone.close();
    }
    this.snapshot();
  }

  private snapshot(): void {
    const { name } = this.options;
    const { rate: drift, lost, startUs } = this.track;
    const { seconds, failure } = this;
    const over = this.ending ?? (failure && { why: failure.message, seconds });
    const snapshot: SoundSnapshot = {
      name,
      seconds,
      drift,
      lost,
      peak: this.peak,
      ...(over !== undefined && { over }),
    };
    this.peak = 0;
    this.tell({ kind: 'snapshot', snapshot, startUs });
  }
}
