import { CHRONYC, parseChrony, parseSourceName } from './chrony.ts';
import { type KernelClock, ownKernelClock } from './kernel-clock.ts';
import { type RunText, runText } from './system-text.ts';
import type { TimeService } from './time-service.ts';
import { parseTimesyncd, TIMEDATECTL } from './timesyncd.ts';

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
