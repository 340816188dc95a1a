import { CommanderError } from 'commander';
import { OptionError, UsageError } from '../errors.ts';
import { flagOf } from '../options/take.ts';

/** Prints an error as one line. @returns the exit code: 2 where what was given is wrong, 1 where something failed. */
export function failed(error: unknown): number {
  const message = messageOf(error);
  const line = message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  process.stderr.write(`genlock: ${line}\n`);
  if (process.env.GENLOCK_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return error instanceof UsageError || error instanceof CommanderError ? 2 : 1;
}

/** On a command line an option is a flag. */
function messageOf(error: unknown): string {
  if (error instanceof OptionError) return error.saidWith((name) => flagOf(name) ?? `--${name}`);
  return error instanceof Error ? error.message : String(error);
}
