import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command } from 'commander';
import { advisedIn } from '../advice.ts';
import { UsageError } from '../errors.ts';
import { flagsFor } from '../options/flags-of-advice.ts';
import { MAX_REPEATS, parseMaxRepeats, parseTolerance } from '../options/parse.ts';
import { writeWhole } from '../record/whole-file.ts';
import { offsetsCsv } from '../verify/offsets.ts';
import { DEFAULT_TOLERANCE_US, verify } from '../verify/verify.ts';
import { colourOption, onStderr, onStdout } from './colours.ts';
import { reportTable } from './report-table.ts';
import { WorkProgress } from './work-progress.ts';

interface VerifyFlags {
  readonly tolerance: string;
  readonly maxRepeats: string;
  readonly csv?: string;
  readonly json?: boolean;
  readonly color: string;
}

export function verifyCommand(): Command {
  return new Command('verify')
    .description(
      'Prove from the decoded pixels that frame N of one file is frame N of the others. A take without a pixel clock in view is compared by its\n' +
        "cameras' own timestamps, and it says so.\nExit code 0 locked (or aligned), 1 not locked, 2 unusable input.",
    )
    .argument('<take|files...>', "a take's folder, or two or more video files; the first file is the reference")
    .option('--tolerance <time>', 'how far apart frames may be; a bare number is us', `${DEFAULT_TOLERANCE_US}us`)
    .option('--max-repeats <percent>', MAX_REPEATS.means, MAX_REPEATS.text)
    .option(
      '--csv <file>',
      'also write the offset of each frame and its standard error, in us, a row a frame; - is stdout',
    )
    .option('--json', 'the report as JSON on stdout, nothing else there')
    .addOption(colourOption())
    .action(async (inputs: string[], flags: VerifyFlags) => {
      const toleranceUs = parseTolerance('--tolerance', flags.tolerance);
      const maxRepeats = parseMaxRepeats('--max-repeats', flags.maxRepeats);
      const { csv, json } = flags;
      if (csv !== undefined) checkCsv(csv, json);
      const progress = new WorkProgress();
      const { offsets, ...report } = await verify(inputs, {
        toleranceUs,
        maxRepeats,
        offsets: csv !== undefined,
        onProgress: (file, done, total) => progress.show(`reading ${file}`, done, total),
        onNote: (text) => {
          progress.clear();
          process.stderr.write(`${text}\n`);
        },
      }).finally(() => progress.clear());
      const say = await flagsFor(report);
      if (csv !== undefined && csv !== '-' && offsets) await writeWhole(csv, offsetsCsv(offsets));
      const text = json
        ? `${JSON.stringify(advisedIn(report, say), null, 2)}\n`
        : reportTable(report, { ...(csv === '-' ? onStderr : onStdout)(flags.color), say });
      if (csv === '-' && offsets) {
        process.stdout.write(offsetsCsv(offsets));
        process.stderr.write(text);
      } else process.stdout.write(text);
      process.exitCode = report.verdict === 'not locked' ? 1 : 0;
    });
}

/** Before anything is read: where offsets can't go. A video in its place, in a command that lacks the name, stays. */
function checkCsv(file: string, json = false): void {
  if (file === '-') {
    if (json) throw new UsageError('--csv - and --json: both go to stdout; give --csv a file');
    return;
  }
  if (!/\.csv$/i.test(file)) throw new UsageError(`--csv ${file}: must be - or a file whose name ends in .csv`);
  if (!existsSync(dirname(file))) throw new UsageError(`--csv ${file}: there is no folder ${dirname(file)}`);
}
