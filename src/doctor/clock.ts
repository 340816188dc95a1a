import { describeHostClock, hostClockAdvice } from '../host/clock-advice.ts';
import type { TimeService } from '../host/time-service.ts';
import { type Finding, finding } from './finding.ts';

const ONE_HOST = 'matters where several hosts take part: the cameras of one host have one clock';

/**
 * What keeps this host's clock, and how far it may be off.
 * @param falsified What GENLOCK_CLOCK adds on purpose, where it is set.
 */
export function clockFinding(service: TimeService | undefined, falsified?: string): Finding {
  const value = describeHostClock(service).replace(/^clock: /, '');
  if (falsified !== undefined) {
    return finding('clock', 'warn', `${value}; GENLOCK_CLOCK=${falsified} makes it wrong on purpose`, {
      advice: 'unset GENLOCK_CLOCK: it is for tests',
    });
  }
  const advice = hostClockAdvice(service)?.replace(/^.*?; /, '');
  return advice === undefined
    ? finding('clock', 'good', value)
    : finding('clock', 'warn', value, { limits: [ONE_HOST], advice });
}
