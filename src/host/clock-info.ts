import os from 'node:os';
import type { HostClock } from './clock.ts';
import type { ClockError } from './injected-clock.ts';
import { type KernelClock, ownKernelClock } from './kernel-clock.ts';
import type { TimeService } from './time-service.ts';

/** What is known of a host's clock, for the take. What is unknown is left out; it is never 0. */
export interface ClockInfo {
  /** What the host calls itself. */
  readonly host: string;
  /** How the wall clock is read: `clock_gettime` or `Date.now`. */
  readonly source: string;
  /** How far a reading may be off because of the way it is read, in us. */
  readonly resolutionUs: number;
  /** Whether the kernel has been told that its clock is synchronised. */
  readonly synchronised?: boolean;
  /** How far the wall clock is ahead of the true time, in us, as the kernel has it. Without what is injected. */
  readonly offsetUs?: number;
  /** The largest error of the wall clock that its time service vouches for, in us. Without what is injected. */
  readonly boundUs?: number;
  /** What the service that keeps the clock says of it. Without what is injected. */
  readonly timeService?: TimeService;
  /** The error added on purpose, where the process stands for another host. */
  readonly injected?: ClockError;
}

/** Describes the clock, with what the kernel says of it at this moment and what its time service said. */
export function clockInfo(
  clock: HostClock,
  kernel: KernelClock | undefined = ownKernelClock(),
  timeService?: TimeService,
): ClockInfo {
  return {
    host: os.hostname(),
    source: clock.source,
    resolutionUs: clock.resolutionUs,
    ...(kernel && { synchronised: kernel.synchronised }),
    ...(kernel?.offsetUs !== undefined && { offsetUs: kernel.offsetUs }),
    ...(kernel?.boundUs !== undefined && { boundUs: kernel.boundUs }),
    ...(timeService && { timeService }),
    ...(clock.injected && { injected: clock.injected }),
  };
}
