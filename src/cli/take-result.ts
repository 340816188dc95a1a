import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { advisedIn } from '../advice.ts';
import { counted } from '../counted.ts';
import { flagFor } from '../options/flags.ts';
import { TAKE_FILE, type Take } from '../record/take.ts';
import type { TakeOptions } from '../run/plan/options.ts';
import type { TakeResult } from '../run/take/result.ts';
import { onStdout } from './colours.ts';
import { reportTable } from './report-table.ts';

export interface ResultFlags {
  /** As JSON; `line` is one line for each take. */
  readonly json?: boolean | 'line' | undefined;
  readonly color: string;
}

/** What came of a take: JSON or figures on stdout, what went wrong on stderr. */
export function tellResult(
  result: TakeResult,
  { frames }: Pick<TakeOptions, 'frames'>,
  { json = false, color }: ResultFlags,
): void {
  const { report, problems, interrupted, folder, kept, take } = result;
  if (json) process.stdout.write(`${JSON.stringify(resultInFlags(result), null, json === 'line' ? 0 : 2)}\n`);
  else if (report !== undefined)
    process.stdout.write(`\n${reportTable(report, { ...onStdout(color), say: flagFor })}\n`);
  else if (kept && take.frames !== 0) process.stdout.write(`${recorded(take)}\n`);
  for (const problem of problems) process.stderr.write(`genlock: ${problem}\n`);
  // With a report it stands below the verdict.
  const unproved = report === undefined ? result.advice : [];
  for (const advice of unproved) process.stderr.write(`what to do: ${advice.saidWith(flagFor)}\n`);
  const left = kept && existsSync(join(folder, TAKE_FILE));
  if (interrupted && left && frames !== undefined) {
    process.stderr.write(
      `genlock: the take was interrupted after ${report?.frames ?? take.frames ?? 0} of ${frames} frames\n`,
    );
  }
  if (!json && left) process.stdout.write(`take: ${folder}\n`);
}

/** What cameras and microphones have, where no proof tells. */
const recorded = ({ cameras, sounds = [] }: Take): string => {
  const pictures = cameras.map(({ file, frames = 0, repeated = 0 }) => {
    const repeats = repeated > 0 ? `, ${counted(repeated, 'repeat')} among them` : '';
    return `${file}: ${counted(frames, 'frame')}${repeats}`;
  });
  return [...pictures, ...sounds.map(({ file }) => `${file}: sound`)].join('\n');
};

/** What came of a take as JSON, in which advice has the words of the command line. */
const resultInFlags = (result: TakeResult) => ({
  ...advisedIn(result, flagFor),
  ...(result.report && { report: advisedIn(result.report, flagFor) }),
});
