import { FailureError } from '../errors.ts';
import { openClock } from '../host/clock.ts';
import type { Clock } from '../time/clock.ts';
import type { Microphone } from './microphone.ts';
import { parseMicrophone } from './spec.ts';
import { VirtualMicrophone } from './virtual.ts';

/** What hangs while it is opened is given up after this long, in ms. */
const HUNG_MS = 8_000;

/**
 * Opens a microphone; its sound comes once it is run.
 * @param clock Its boot time is that of the stamps.
 * @throws UsageError that names the spec and says what is wrong; FailureError where it hangs.
 */
export async function openMicrophone(text: string, clock: Clock): Promise<Microphone> {
  const spec = parseMicrophone(text);
  if (spec.kind === 'virtual') return new VirtualMicrophone(spec, clock);
  const { CapturedMicrophone } = await import('./captured.ts');
  return inTime(CapturedMicrophone.open(spec, openClock({ error: undefined })), text);
}

async function inTime<T>(opening: Promise<T>, text: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const given = (): void => reject(new FailureError(`sound ${text}: was not open after ${HUNG_MS / 1000} s`));
    timer = setTimeout(given, HUNG_MS);
  });
  try {
    return await Promise.race([opening, late]);
  } finally {
    clearTimeout(timer);
  }
}
