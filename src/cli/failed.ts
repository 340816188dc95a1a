import { CommanderError } from 'commander';
import { UsageError } from '../errors.ts';

/** Prints an error as one line. @returns the exit code: 2 where what was given is wrong, 1 where something failed. */
export function failed(error: unknown): number {
  const message = error instanceof Error ? error.message : String(error);
  const line = message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  process.stderr.write(`genlock: ${line}\n`);
  if (process.env.GENLOCK_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return error instanceof UsageError || error instanceof CommanderError ? 2 : 1;
}
