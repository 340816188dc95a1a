import { readTimeService } from '../../host/ask-time-service.ts';
import { describeHostClock, hostClockAdvice } from '../../host/clock-advice.ts';
import { ipv4Interfaces, isOwnAddress } from '../../host/interfaces.ts';
import type { TimeService } from '../../host/time-service.ts';
import type { Line } from './notices.ts';

/** What keeps this host's clock, read once in the background; of matter where a server on another host is followed. */
export class ClockWatch {
  /** Undefined until it is known, and where nothing is. */
  timeService: TimeService | undefined;
  /** True where the last message came from this very host: no clock can differ then. */
  here = false;
  private readonly reading: Promise<void>;
  private advised = false;
  /** This host's own addresses, as far as messages came from them. */
  private readonly local = new Set<string>();

  constructor(read: () => Promise<TimeService | undefined> = readTimeService) {
    this.reading = read().then((service) => {
      this.timeService = service;
    });
  }

  /**
   * A message came from this address.
   * @returns where that is another host, once: what is known of this one's clock, or a warning.
   */
  async heard(address: string, own = ipv4Interfaces): Promise<Line | undefined> {
    this.here = this.local.has(address) || isOwnAddress(address, own);
    if (this.here) this.local.add(address);
    if (this.here || this.advised) return undefined;
    this.advised = true;
    await this.reading;
    const advice = hostClockAdvice(this.timeService);
    return advice === undefined
      ? { level: 'news', text: describeHostClock(this.timeService) }
      : { level: 'warning', text: advice };
  }
}
