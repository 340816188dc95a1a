import { resolve } from 'node:path';
import { Command } from 'commander';
import { flagsFor } from '../options/flags-of-advice.ts';
import { MAX_REPEATS, parseMaxRepeats, parseTolerance } from '../options/parse.ts';
import { readTake } from '../record/take.ts';
import { reportTake } from '../run/take/report.ts';
import { DEFAULT_TOLERANCE_US } from '../verify/verify.ts';
import { colourOption, onStdout } from './colours.ts';
import { openFile } from './open-file.ts';
import { reportTable } from './report-table.ts';
import { WorkProgress } from './work-progress.ts';

interface ReportFlags {
  readonly tolerance: string;
  readonly maxRepeats: string;
  readonly open?: boolean;
  readonly color: string;
}

export function reportCommand(): Command {
  return new Command('report')
    .description(
      'Read the pixels of a take again and write its report.html: the verdict, offsets over time, drops, events, and the same frame of every\n' +
        'camera side by side, in one file that needs no network. record writes one at the end of each take. Exit code 0 once it is written,\n' +
        'whatever the verdict; 2 where there is no take, or nothing in it can be compared.',
    )
    .argument('<take>', "the take's folder")
    .option('--tolerance <time>', 'how far apart frames may be; a bare number is us', `${DEFAULT_TOLERANCE_US}us`)
    .option('--max-repeats <percent>', MAX_REPEATS.means, MAX_REPEATS.text)
    .option('--open', "open it in the desktop's browser")
    .addOption(colourOption())
    .allowExcessArguments(false)
    .action(async (folder: string, { tolerance, maxRepeats, open = false, color }: ReportFlags) => {
      const toleranceUs = parseTolerance('--tolerance', tolerance);
      const share = parseMaxRepeats('--max-repeats', maxRepeats);
      const progress = new WorkProgress();
      const read = await readingProgress(folder, progress);
      const { file, report } = await reportTake(folder, {
        toleranceUs,
        maxRepeats: share,
        onProgress: read,
        onPicture: (_, done, of) => progress.show('taking pictures', done, of),
        onNote: (text) => {
          progress.clear();
          process.stderr.write(`${text}\n`);
        },
      }).finally(() => progress.clear());
      const say = await flagsFor(report);
      process.stdout.write(`${reportTable(report, { ...onStdout(color), say })}\nreport: ${file}\n`);
      const why = open ? await openFile(resolve(file)) : undefined;
      if (why !== undefined) process.stderr.write(`genlock: --open: ${why}; open ${file} in a browser\n`);
    });
}

/** Frames that were read of all files together: the time left is that of the whole work. */
async function readingProgress(
  folder: string,
  progress: WorkProgress,
): Promise<(file: string, frames: number) => void> {
  const { cameras } = await readTake(folder);
  const total = cameras.reduce((sum, { frames = 0 }) => sum + frames, 0);
  const read = new Map<string, number>();
  return (file, frames) => {
    read.set(file, frames);
    const done = [...read.values()].reduce((a, b) => a + b, 0);
    progress.show('reading the take', done, total > 0 ? total : undefined);
  };
}
