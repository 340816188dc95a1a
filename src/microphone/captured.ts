import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../errors.ts';
import { captureSound } from '../libav/capture-sound.ts';
import type { SoundCapture, SoundInput } from '../libav/sound-input.ts';
import type { Way } from '../libav/way.ts';
import { checkRegular } from '../regular-file.ts';
import type { Clock } from '../time/clock.ts';
import { type BootUs, bootUs } from '../time/units.ts';
import type { Microphone, SoundListener } from './microphone.ts';
import type { CapturedSpec } from './spec.ts';

/** How old a device's own stamp may be to be believed: what counts by another clock is off by far more. In us. */
const OLDEST_US = 1_000_000;

/** What FFmpeg captures, with the times of its samples on the boot clock. */
export class CapturedMicrophone implements Microphone {
  readonly rate: number;
  readonly channels: number;
  private readonly spec: CapturedSpec;
  private readonly capture: SoundCapture;
  private readonly clock: Clock;
  private readonly closing = new AbortController();
  /** When the sample of time 0 is due, of a file. */
  private startUs: number | undefined;

  private constructor(spec: CapturedSpec, capture: SoundCapture, clock: Clock) {
    this.spec = spec;
    this.capture = capture;
    this.clock = clock;
    this.rate = capture.rate;
    this.channels = capture.channels;
  }

  /**
   * @param clock Without any error that was added to it: FFmpeg stamps by the system's.
   * @param way The only way to FFmpeg that may be taken. Default: either.
   * @throws UsageError that names the spec where it can't be opened, or holds no sound.
   */
  static async open(spec: CapturedSpec, clock: Clock, way?: Way): Promise<CapturedMicrophone> {
    const { text, format, options, kind } = spec;
    if (kind === 'file') await checkRegular(spec.input);
    const input = kind === 'file' ? `file:${spec.input}` : spec.input;
    const wanted: SoundInput = { called: `sound ${text}`, format, input, options };
    return new CapturedMicrophone(spec, await openAsItIs(wanted, way), clock);
  }

  async run(onBlock: SoundListener): Promise<void> {
    let samples = 0;
    await this.capture.run(async (us, block) => {
      const stamp = this.spec.kind === 'file' ? await this.due((samples * 1e6) / this.rate) : this.stamp(us, block);
      samples += block.length / this.channels;
      if (!this.closing.signal.aborted) onBlock(stamp, block);
    });
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.capture.close();
  }

  /** A file's samples come when they are due, from the first one on. */
  private async due(us: number): Promise<BootUs> {
    this.startUs ??= this.clock.boot();
    const stamp = bootUs(this.startUs + us);
    const leftUs = stamp - this.clock.boot();
    if (leftUs > 0) await sleep(leftUs / 1000, undefined, { signal: this.closing.signal }).catch(() => {});
    return stamp;
  }

  /**
   * FFmpeg's inputs of ALSA and PulseAudio stamp by the wall clock, and have taken off what waited in the device. What
   * is no recent time of that clock is not used: then a block's last sample has just been taken.
   */
  private stamp(us: number | undefined, { length }: Float32Array): BootUs {
    const { bootUs: nowUs, wallUs } = this.clock.pair();
    const lengthUs = ((length / this.channels) * 1e6) / this.rate;
    const ageUs = us === undefined ? Number.NaN : wallUs - us;
    return bootUs(nowUs - (ageUs > 0 && ageUs < OLDEST_US ? ageUs : lengthUs));
  }
}

/** FFmpeg asks ALSA's devices for two channels, and one that has a single one refuses. */
async function openAsItIs(wanted: SoundInput, way: Way | undefined): Promise<SoundCapture> {
  try {
    return await captureSound(wanted, way);
  } catch (error) {
    if (wanted.format !== 'alsa' || wanted.options.channels !== undefined || !(error instanceof UsageError))
      throw error;
    const one = { ...wanted, options: { ...wanted.options, channels: '1' } };
    return captureSound(one, way).catch(() => {
      throw error;
    });
  }
}
