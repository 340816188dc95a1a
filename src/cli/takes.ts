import { Command } from 'commander';
import { size } from '../amounts.ts';
import { binTake } from '../run/takes/bin.ts';
import { type ListedTake, listTakes } from '../run/takes/list.ts';
import { failed } from './failed.ts';
import { hanging } from './fold.ts';
import { microseconds, table } from './table.ts';
import { NOT_TO_TERMINALS } from './terminal-signs.ts';
import { screenColumns } from './terminal-size.ts';

/** Where `record` puts takes unless told otherwise. */
const TAKES = 'takes';

export function takesCommand(): Command {
  const command = new Command('takes')
    .description('List the takes in a folder, the newest first: what came of each, and how large it is.')
    .argument('[folder]', 'the folder that they are in', TAKES)
    .option('--json', 'as JSON')
    .allowExcessArguments(false)
    .action(async (folder: string, flags: { json?: boolean }) => {
      const takes = await listTakes(folder);
      process.stdout.write(
        flags.json ? `${JSON.stringify(takes, null, 2)}\n` : takesTable(takes, folder, screenColumns(process.stdout)),
      );
    });
  command
    .command('rm')
    .description('Move takes to the bin of the desktop, whence they can be taken back.')
    .argument('<take...>', 'folders of takes')
    .action(async (folders: string[]) => {
      for (const folder of folders) {
        try {
          await binTake(folder);
          process.stdout.write(`${folder}: is in the bin\n`);
        } catch (error) {
          // One that can't be moved keeps none of the others.
          process.exitCode = Math.max(Number(process.exitCode ?? 0), failed(error));
        }
      }
    });
  return command;
}

/**
 * A line a take, its note at the end.
 * @param columns characters a line, undefined where lines may be of any length: notes that do not fit stand below.
 */
export function takesTable(takes: readonly ListedTake[], folder: string, columns?: number): string {
  if (takes.length === 0) return `no takes in ${folder}\n`;
  const rows = takes.map((take) => [
    oneLine(take.folder),
    take.damaged === undefined ? outcome(take) : 'damaged',
    microseconds(take.spreadUs),
    take.frames === undefined ? '-' : String(take.frames),
    take.repeats === undefined ? '-' : String(take.repeats),
    size(take.bytes),
  ]);
  const [head = '', ...lines] = table([['take', 'verdict', 'spread', 'frames', 'repeats', 'size'], ...rows], 2).split(
    '\n',
  );
  const notes = takes.map(({ note, damaged, folder, elsewhere = [] }) => {
    const lies = elsewhere.map(({ camera, host }) => `${camera} lies on ${host}: genlock gather ${folder}`);
    return oneLine([...lies, damaged ?? note ?? ''].filter(Boolean).join('; '));
  });
  const beside = lines.map((line, i) => (notes[i] === '' ? line : `${line}  ${notes[i]}`));
  const fits = columns === undefined || beside.every((line) => line.length <= columns);
  const shown = fits
    ? [notes.some(Boolean) ? `${head}  note` : head, ...beside]
    : [head, ...lines.flatMap((line, i) => (notes[i] ? [line, hanging('  ', notes[i], columns)] : [line]))];
  return `${shown.join('\n')}\n`;
}

/** The verdict, or why there is none. */
function outcome({ verdict, state, elsewhere }: ListedTake): string {
  if (state === 'recording') return 'cut off';
  if (elsewhere !== undefined) return 'not gathered';
  return verdict ?? (state === 'failed' ? 'failed' : 'not proved');
}

/** A note may have several lines, and whatever a folder from elsewhere holds: none of it speaks to the terminal. */
const oneLine = (text: string): string => text.replace(NOT_TO_TERMINALS, ' ').slice(0, 200);
