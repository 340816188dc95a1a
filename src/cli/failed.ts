import { CommanderError } from 'commander';
import { UsageError } from '../errors.ts';
import { messageInFlags } from '../options/flags.ts';
import { NOT_TO_TERMINALS } from './terminal-signs.ts';

/** A line in characters: messages quote what files hold. */
const MOST_MESSAGE = 2000;

/** Prints an error as one line. @returns the exit code: 2 where what was given is wrong, 1 where something failed. */
export function failed(error: unknown): number {
  const line = messageInFlags(error)
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(NOT_TO_TERMINALS, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .slice(0, MOST_MESSAGE);
  process.stderr.write(`genlock: ${line}\n`);
  if (process.env.GENLOCK_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return error instanceof UsageError || error instanceof CommanderError ? 2 : 1;
}
