import type { Grid } from '../../sync/steering/grid.ts';
import { CRYSTAL_ERROR, LineFilter, STAMP_NOISE_US } from '../../sync/tracking/line-filter.ts';
import type { Clock } from '../../time/clock.ts';
import type { SyncMessage } from '../../wire/message.ts';
import type { ServerListener } from '../files/server-listener.ts';

/** Stamps in a row that are too far off before the filter doubts itself. */
const GIVE_UP = 3;
/**
 * What a server of ours says of its frames is off by so much, in us, and by this share of the time since: standard
 * errors.
 */
const WORD_US = 1;
const WORD_DRIFT = 0.05e-6;

/**
 * The grid of a take: the frames of its server, as they are heard. A server of ours says where they lie and how long
 * they are; of a stock one that is filtered from its stamps. Both are on this host. When the server falls silent, the
 * grid goes on as it last was.
 *
 * Frames have the numbers of the server's own count; those of a stock server count from the take's frame 0.
 */
export class HeardGrid implements Grid {
  readonly #listener: ServerListener;
  readonly #clock: Clock;
  readonly #nominalUs: number;
  #messages = 0;
  #word: { readonly number: number; readonly us: number; readonly periodUs: number } | undefined;
  #filter: LineFilter | undefined;
  #number = 0;
  #readyNumber: number | undefined;

  constructor(listener: ServerListener, clock: Clock, nominalUs: number) {
    this.#listener = listener;
    this.#clock = clock;
    this.#nominalUs = nominalUs;
  }

  /** Number of the take's frame 0; undefined as long as that is open. */
  get readyNumber(): number | undefined {
    this.#look();
    return this.#readyNumber;
  }

  get periodUs(): number {
    this.#look();
    return this.#word?.periodUs ?? this.#filter?.slope ?? this.#nominalUs;
  }

  at(number: number): number | undefined {
    this.#look();
    const {
      number: from,
      us,
      periodUs,
    } = this.#word ?? {
      number: this.#number,
      us: this.#filter?.value,
      periodUs: this.#filter?.slope ?? 0,
    };
    return us === undefined ? undefined : us + (number - from) * periodUs;
  }

  errorAt(number: number): number {
    this.#look();
    const word = this.#word;
    if (word !== undefined) return WORD_US + WORD_DRIFT * Math.abs(number - word.number) * word.periodUs;
    const frames = Math.abs(number - this.#number);
    return this.#filter?.errorAfter(frames, frames) ?? Number.POSITIVE_INFINITY;
  }

  #look(): void {
    const { messages, last } = this.#listener;
    if (last === undefined || messages === this.#messages) return;
    this.#messages = messages;
    const { frameNumber, frameIndex, periodUs, bootUs } = last.envelope ?? {};
    if (frameNumber === undefined || periodUs === undefined || bootUs === undefined) {
      this.#observe(last);
      return;
    }
    this.#word = { number: frameNumber, us: bootUs, periodUs };
    this.#readyNumber = frameIndex === undefined ? undefined : frameNumber - frameIndex;
  }

  #observe({ wallClockUs, frameDurationUs }: SyncMessage): void {
    const index = this.#listener.anchors.at(-1)?.index;
    if (index === undefined) return;
    const { wallUs, bootUs } = this.#clock.pair();
    const us = wallClockUs - (wallUs - bootUs);
    this.#readyNumber = 0;
    if (this.#filter === undefined) {
      this.#filter = new LineFilter(us, frameDurationUs, CRYSTAL_ERROR, STAMP_NOISE_US, GIVE_UP);
    } else {
      const frames = Math.max(1, index - this.#number);
      this.#filter.advance(frames, frames);
      this.#filter.observe(us);
    }
    this.#number = index;
  }
}
