import { Command } from 'commander';
import { advisedIn } from '../advice.ts';
import { flagsFor } from '../options/flags-of-advice.ts';
import { MAX_REPEATS, parseMaxRepeats, parseTolerance } from '../options/parse.ts';
import { DEFAULT_TOLERANCE_US, verify } from '../verify/verify.ts';
import { colourOption, onStdout } from './colours.ts';
import { reportTable } from './report-table.ts';
import { WorkProgress } from './work-progress.ts';

interface VerifyFlags {
  readonly tolerance: string;
  readonly maxRepeats: string;
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
    .option('--json', 'the report as JSON on stdout, nothing else there')
    .addOption(colourOption())
    .action(async (inputs: string[], flags: VerifyFlags) => {
      const toleranceUs = parseTolerance('--tolerance', flags.tolerance);
      const maxRepeats = parseMaxRepeats('--max-repeats', flags.maxRepeats);
      const progress = new WorkProgress();
      const report = await verify(inputs, {
        toleranceUs,
        maxRepeats,
        onProgress: (file, done, total) => progress.show(`reading ${file}`, done, total),
        onNote: (text) => {
          progress.clear();
          process.stderr.write(`${text}\n`);
        },
      }).finally(() => progress.clear());
      const say = await flagsFor(report);
      process.stdout.write(
        flags.json
          ? `${JSON.stringify(advisedIn(report, say), null, 2)}\n`
          : reportTable(report, { ...onStdout(flags.color), say }),
      );
      process.exitCode = report.verdict === 'not locked' ? 1 : 0;
    });
}
