import type { Random } from '../sensor/random.ts';

/** How a simulated network treats its datagrams. */
export interface LinkOptions {
  /** Shortest and longest time under way, in us. Default 200 to 1000. */
  readonly delayUs?: readonly [number, number];
  /** Share of messages lost. */
  readonly loss?: number;
  /** Share of messages that arrive twice, the second up to 100 ms later. */
  readonly repeat?: number;
  /** Share of messages held back by up to two seconds: later ones overtake them. */
  readonly reorder?: number;
  /** Share of messages that are stalled, and for how long, in us. */
  readonly stall?: { readonly share: number; readonly us: number };
  /** Whether the path is down at a true time. */
  readonly down?: (trueUs: number) => boolean;
}

/** A network path: says at which true times a message sent at `sentUs` arrives; none where it is lost. */
export class Link {
  private readonly options: LinkOptions;
  private readonly random: Random;

  constructor(options: LinkOptions, random: Random) {
    this.options = options;
    this.random = random;
  }

  /** When a datagram arrives that was sent at `sentUs`, true time in us: never, once, or more often. */
  arrivals(sentUs: number): number[] {
    const { delayUs = [200, 1000], loss = 0, repeat = 0, reorder = 0, stall } = this.options;
    if (this.options.down?.(sentUs) || this.random.chance(loss)) return [];
    let at = sentUs + this.random.between(delayUs[0], delayUs[1]);
    if (this.random.chance(reorder)) at += this.random.between(0, 2_000_000);
    if (stall !== undefined && this.random.chance(stall.share)) at += stall.us;
    return this.random.chance(repeat) ? [at, at + this.random.between(0, 100_000)] : [at];
  }
}
