import { setTimeout as sleep } from 'node:timers/promises';
import { VirtualSound } from '../audio/virtual-sound.ts';
import { monoToBoot } from '../time/bracket.ts';
import type { Clock } from '../time/clock.ts';
import { bootUs, monoUs } from '../time/units.ts';
import type { Microphone, SoundListener } from './microphone.ts';
import type { VirtualSpec } from './spec.ts';

/** From being opened to the first sample, in us. */
const STARTUP_US = 20_000;

/**
 * A microphone in real time, before which something clicks at each full second of the clock that virtual cameras' pixel
 * clocks show.
 */
export class VirtualMicrophone implements Microphone {
  readonly rate: number;
  readonly channels: number;
  private readonly clock: Clock;
  private readonly sound: VirtualSound;
  private readonly closing = new AbortController();

  constructor(spec: VirtualSpec, clock: Clock) {
    this.rate = spec.rate;
    this.channels = spec.channels;
    this.clock = clock;
    const start = bootUs(clock.boot() + STARTUP_US);
    this.sound = new VirtualSound({ ...spec, start, clickAt: monoToBoot(clock, monoUs(0)) });
  }

  async run(onBlock: SoundListener): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      const { stamp, ready, samples } = this.sound.next();
      const leftUs = ready - this.clock.boot();
      if (leftUs > 0) await sleep(leftUs / 1000, undefined, { signal }).catch(() => {});
      if (!signal.aborted) onBlock(stamp, samples);
    }
  }

  close(): Promise<void> {
    this.closing.abort();
    return Promise.resolve();
  }
}
