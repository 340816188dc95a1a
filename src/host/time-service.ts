import { CHRONYC, parseChrony, parseSourceName } from './chrony.ts';
import { ownKernelClock } from './clock-info.ts';
import type { KernelClock } from './kernel-clock.ts';
import { type RunText, runText } from './system-text.ts';
import { parseTimesyncd, TIMEDATECTL } from './timesyncd.ts';

/** What the service that keeps this host's clock says of it. A part that is not known is left out; it is never 0. */
export interface TimeService {
  /** `kernel` where no service answers and the kernel alone says something. */
  readonly service: 'chrony' | 'systemd-timesyncd' | 'kernel';
  /** True where it holds the clock to a source that it trusts. */
  readonly synchronised: boolean;
  /** True where the clock follows nothing and is what others follow. */
  readonly ownReference?: boolean;
  /** Whom the clock follows: a host as the service's configuration names it, or a reference clock. */
  readonly source?: string;
  /** Address of that host. */
  readonly address?: string;
  /** How far the clock is ahead of its source, in us, last known. */
  readonly offsetUs?: number;
  /** Standard deviation of the measurements against the source, in us. */
  readonly jitterUs?: number;
  /** How far the clock may be from the true time at most, in us: all hops to it, not the last one alone. */
  readonly boundUs?: number;
  /** Since the source was last heard, in s. */
  readonly ageS?: number;
}

/**
 * Asks chrony, then systemd-timesyncd, then the kernel (which knows of ntpd and PTP): the first that holds the clock
 * synchronised, else the first that answers. Takes up to 6 s where their programs hang; never throws.
 * @returns undefined where nothing is known.
 */
export async function readTimeService(
  run: RunText = runText,
  kernel: () => KernelClock | undefined = ownKernelClock,
): Promise<TimeService | undefined> {
  let first: TimeService | undefined;
  for (const ask of [askChrony, askTimesyncd, async () => fromKernel(kernel())]) {
    const answer = await ask(run);
    if (answer?.synchronised) return answer;
    first ??= answer;
  }
  return first;
}

async function askChrony(run: RunText): Promise<TimeService | undefined> {
  const reports = await run('chronyc', CHRONYC.reports);
  const info = reports.code === 0 ? parseChrony(reports.out, Date.now() / 1000) : undefined;
  if (info?.source === undefined) return info;
  const named = await run('chronyc', CHRONYC.names);
  const source = named.code === 0 ? parseSourceName(named.out) : undefined;
  return source === undefined ? info : { ...info, source };
}

async function askTimesyncd(run: RunText): Promise<TimeService | undefined> {
  const [status, message] = await Promise.all([
    run('timedatectl', TIMEDATECTL.status),
    run('timedatectl', TIMEDATECTL.message),
  ]);
  return status.code === 0 ? parseTimesyncd(status.out, message.out, Date.now() / 1000) : undefined;
}

function fromKernel(kernel: KernelClock | undefined): TimeService | undefined {
  if (kernel === undefined) return undefined;
  const { synchronised, offsetUs, boundUs } = kernel;
  return {
    service: 'kernel',
    synchronised,
    ...(offsetUs !== undefined && { offsetUs }),
    ...(boundUs !== undefined && { boundUs }),
  };
}
