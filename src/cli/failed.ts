import { CommanderError } from 'commander';
import { NotAligned } from '../align/not-aligned.ts';
import { UsageError } from '../errors.ts';
import { messageInFlags } from '../options/flags.ts';
import { hanging, indented } from './fold.ts';
import { NOT_TO_TERMINALS } from './terminal-signs.ts';
import { screenColumns } from './terminal-size.ts';

/** A line in characters: messages quote what files hold. */
const MOST_MESSAGE = 2000;

/**
 * Prints an error: as one line, but for those that say what to do in lines of their own. A terminal gets it folded.
 * @returns the exit code: 2 where what was given is wrong, 1 where something failed.
 */
export function failed(error: unknown): number {
  const lines = error instanceof NotAligned ? error.lines : [messageInFlags(error)];
  const columns = screenColumns();
  const [first = '', ...further] = lines.map(printable);
  const shown = [indented(`genlock: ${first}`, columns), ...further.map((line) => hanging('  ', line, columns))];
  process.stderr.write(`${shown.join('\n')}\n`);
  if (process.env.GENLOCK_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return error instanceof UsageError || error instanceof CommanderError ? 2 : 1;
}

const printable = (line: string): string =>
  line
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(NOT_TO_TERMINALS, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .slice(0, MOST_MESSAGE);
