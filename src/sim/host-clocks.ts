import { Random } from '../sensor/random.ts';

/** The clocks of a host, of one boot of it. */
export interface HostClocks {
  /** What the boot clock shows at true time 0, in us, and by how much it runs fast, in ppm. */
  readonly bootAtUs: number;
  /** How much faster its boot clock runs than true time, in ppm. */
  readonly bootPpm: number;
  /** By how much the wall clock is ahead at true time 0, in us, and by how much it runs fast, in ppm. */
  readonly wallAheadUs: number;
  /** How much faster its wall clock runs than true time, in ppm. */
  readonly wallPpm: number;
}

/** Hosts are up for a minute to a month, unless said otherwise; in us. */
const UP_US = [60e6, 2.6e12] as const;

/** The clocks of a host by its number in a world: no two are up for the same time. */
export function hostClocks(seed: number, host: number, given: Partial<HostClocks> = {}): HostClocks {
  const random = new Random(seed * 7001 + host);
  return { bootAtUs: random.between(...UP_US), bootPpm: 0, wallAheadUs: 0, wallPpm: 0, ...given };
}

export const bootOf = ({ bootAtUs, bootPpm }: HostClocks, trueUs: number): number =>
  bootAtUs + trueUs + bootPpm * 1e-6 * trueUs;

/** The true time at which the boot clock shows this, in us. */
export const trueOf = ({ bootAtUs, bootPpm }: HostClocks, bootUs: number): number =>
  (bootUs - bootAtUs) / (1 + bootPpm * 1e-6);

/** Error of the wall clock, as long as nobody sets it, in us. */
export const wallErrorOf = ({ wallAheadUs, wallPpm }: HostClocks, trueUs: number): number =>
  wallAheadUs + wallPpm * 1e-6 * trueUs;
