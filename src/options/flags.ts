import { OptionError } from '../errors.ts';
import { flagOf } from './take.ts';

/** How a command line writes an option: one of a take's cameras, `cameras[1]`, has a flag of its own. */
export const flagFor = (option: string): string =>
  /^cameras\[\d+\]$/.test(option) ? '--camera' : (flagOf(option) ?? `--${option}`);

/** What an error says, in the words of a command line. */
export function messageInFlags(error: unknown): string {
  if (error instanceof OptionError) return error.saidWith(flagFor);
  return error instanceof Error ? error.message : String(error);
}
