import { Command } from 'commander';
import { counted } from '../counted.ts';
import { type RepairResult, repairTake } from '../run/repair/repair.ts';
import { table } from './table.ts';
import { WorkProgress } from './work-progress.ts';

export function repairCommand(): Command {
  return new Command('repair')
    .description(
      'Finish what was left open of a take, whatever ended it: files that play and seek, as many frames in all, frames.csv with a row a\n' +
        'frame, take.json true, and what is missing named. A take that is still being recorded is waited for. A second repair changes\n' +
        'nothing. Exit code 0 if every camera has its file now, 1 if not, 2 if there is no take.',
    )
    .argument('<take>', "the take's folder")
    .option('--json', 'what there is now as JSON on stdout, nothing else there')
    .allowExcessArguments(false)
    .action(async (folder: string, { json = false }: { json?: boolean }) => {
      process.exitCode = await repair(folder, json);
    });
}

/** Repairs a take and says what there is of it. @returns the exit code. */
export async function repair(folder: string, json: boolean): Promise<number> {
  const progress = new WorkProgress();
  const note = (text: string): void => {
    progress.clear();
    process.stderr.write(`${text}\n`);
  };
  const result = await repairTake(folder, {
    onNote: note,
    onProgress: (file, done, total) => progress.show(`finishing ${file}`, done, total),
  }).finally(() => progress.clear());
  process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : repairTable(result));
  for (const line of result.missing) process.stderr.write(`genlock: ${line}\n`);
  return result.whole ? 0 : 1;
}

/** What there is of a take, as a short table and a line. */
export function repairTable({ folder, cameras, frames, wanted, complete, changed }: RepairResult): string {
  const rows = [['camera', 'file', 'from', 'frames', 'lost']];
  for (const { name, files, lostFrames } of cameras) {
    for (const [i, { file, firstIndex, frames }] of files.entries()) {
      const first = i === 0;
      rows.push([first ? name : '', file, String(firstIndex), String(frames), first ? String(lostFrames) : '']);
    }
  }
  const of = wanted === undefined || wanted === frames ? '' : ` of the ${wanted} asked for`;
  const what = complete ? 'complete' : 'not complete';
  return `${table(rows, 2)}\n\n${folder}: ${counted(frames, 'frame')}${of}, ${what}; ${changed ? 'repaired' : 'nothing to repair'}\n`;
}
