import { Command, Option } from 'commander';
import { type Alignment, align } from '../align/align.ts';
import { ALIGN_BY, type AlignBy } from '../align/align-by.ts';
import { table } from './table.ts';
import { WorkProgress } from './work-progress.ts';

export function alignCommand(): Command {
  return new Command('align')
    .description(
      'Put video files from anywhere on one timeline, that of the first: by a pixel clock in view (genlock clock), by the times that were\n' +
        'written beside them (frames.csv, or --metadata of rpicam-vid), by claps that are heard in all, or by flashes that are seen in all.\n' +
        'Prints where each file begins, how exactly that is known, and what to cut off so that all begin together.',
    )
    .argument('<files...>', 'two or more video files')
    .addOption(new Option('--by <what>', 'by this alone (default: the first that all have)').choices(ALIGN_BY))
    .option('--json', 'the same as JSON on stdout, nothing else there')
    .action(async (files: string[], { by, json = false }: { by?: AlignBy; json?: boolean }) => {
      const progress = new WorkProgress();
      const alignment = await align(files, {
        ...(by !== undefined && { by }),
        onProgress: (file, ...progressed) => progress.show(`reading ${file}`, ...progressed),
      }).finally(() => progress.clear());
      process.stdout.write(json ? `${JSON.stringify(alignment, null, 2)}\n` : alignTable(alignment));
    });
}

const OF: Record<AlignBy, string> = { clock: 'frames', sidecar: 'frames', clap: 'claps', flash: 'flashes' };

/** Where each file begins, as a short table; notes below. */
export function alignTable({ by, files, notes }: Alignment): string {
  const rows = [['file', 'begins at', '+-', 'rate', OF[by], 'cut off']];
  for (const { file, startUs, sigmaUs, ratePpm, points, cutUs } of files) {
    rows.push([
      file,
      seconds(startUs),
      sigmaUs === 0 ? '' : spread(sigmaUs),
      ratePpm === undefined ? '?' : `${ratePpm < 0 ? '-' : '+'}${Math.abs(ratePpm).toFixed(1)} ppm`,
      String(points),
      seconds(cutUs),
    ]);
  }
  return `${table(rows)}\n\nby ${by}${notes.map((note) => `\nnote: ${note}`).join('')}\n`;
}

const seconds = (us: number): string => `${(us / 1e6).toFixed(6)} s`;
const spread = (us: number): string => (us < 1000 ? `${us.toFixed(0)} us` : `${(us / 1000).toFixed(1)} ms`);
