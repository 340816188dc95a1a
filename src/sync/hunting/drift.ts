import { CRYSTAL_ERROR } from '../tracking/line-filter.ts';
import type { StreamLine } from './stream-line.ts';

/** What two crystals differ by before anything is known of them: a share, as a standard deviation. */
const PRIOR = CRYSTAL_ERROR * Math.SQRT2;
/**
 * Noise of a stamp to begin with, a standard deviation in us, and how many stamps it counts for: USB cameras are
 * stamped where a transfer is done, which the load of bus and host moves.
 */
const NOISE_US = 200;
const NOISE_STAMPS = 10;

/**
 * How fast a camera's frames fall behind the server's: a share, 1e-6 is 1 us a second. A camera that is started again
 * keeps its crystal, so all its streams have one slope and a place each: least squares over all of them, with what is
 * known of crystals beforehand.
 */
export class Drift {
  private xx = 0;
  private xy = 0;
  private yy = 0;
  private freedom = 0;

  /** A stream is over. */
  keep(line: StreamLine): void {
    if (line.count < 2) return;
    const { xx, xy, yy } = line.spread;
    this.xx += xx;
    this.xy += xy;
    this.yy += yy;
    this.freedom += line.count - 1;
  }

  /**
   * What is known with the stream that runs. @returns slope and its standard error, shares; noise of a stamp, in us.
   */
  with(line: StreamLine): { readonly slope: number; readonly error: number; readonly noiseUs: number } {
    const own = line.spread;
    const [xx, xy, yy] = [this.xx + own.xx, this.xy + own.xy, this.yy + own.yy];
    const freedom = this.freedom + Math.max(0, line.count - 1);
    const rest = xx > 0 ? Math.max(0, yy - xy ** 2 / xx) : 0;
    const variance = (rest + NOISE_STAMPS * NOISE_US ** 2) / (freedom + NOISE_STAMPS);
    const weight = xx + variance / PRIOR ** 2;
    return { slope: xy / weight, error: Math.sqrt(variance / weight), noiseUs: Math.sqrt(variance) };
  }
}
