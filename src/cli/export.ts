import { Command, Option } from 'commander';
import { counted } from '../counted.ts';
import { EXPORT_FORMATS } from '../export/formats.ts';
import { type ExportedFile, type ExportResult, exportTake } from '../run/export/export.ts';
import { untilSignal } from './until-signal.ts';
import { WorkProgress } from './work-progress.ts';

interface ExportFlags {
  readonly for: string;
  readonly output?: string;
  readonly link?: boolean;
  readonly copy?: boolean;
  readonly json?: boolean;
}

export function exportCommand(): Command {
  return new Command('export')
    .description(
      'Make of a take what another program wants: its folders, names and times, in a new folder with a README.txt that says what to do next.\n' +
        `No picture is encoded again; videos are hard links where the file system can.\n\n${formatLines()}`,
    )
    .argument('<take>', "the take's folder")
    .addOption(new Option('--for <name>', 'for which program').choices(names()).makeOptionMandatory())
    .option('-o, --output <folder>', "the folder to make (default: the take's, with the format behind a -)")
    .option('--link', 'hard links alone: refused where the folder is on another file system')
    .option('--copy', 'copies')
    .option('--json', 'what was made as JSON on stdout, nothing else there')
    .allowExcessArguments(false)
    .action(async (folder: string, { json = false, ...asked }: ExportFlags) => {
      const progress = new WorkProgress();
      const ending = untilSignal();
      const result = await exportTake(folder, {
        ...asked,
        signal: ending.signal,
        onProgress: (file, done, of) => progress.show(`writing ${file}`, done, of),
      }).finally(() => {
        progress.clear();
        ending.leave();
      });
      process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : exportText(result));
    });
}

const names = (): string[] => EXPORT_FORMATS.map(({ name }) => name);

function formatLines(): string {
  const width = Math.max(...names().map((name) => name.length));
  return EXPORT_FORMATS.map(({ name, makes }) => `  ${name.padEnd(width)}  ${makes}`).join('\n');
}

/** What was made, and what to do with it. */
export function exportText({ folder, files, next }: ExportResult): string {
  const count = (how: ExportedFile['how'], one: string): string[] => {
    const found = files.filter((file) => file.how === how).length;
    return found === 0 ? [] : [`${counted(found, one)} ${how}`];
  };
  const made = [
    ...count('linked', 'video'),
    ...count('copied', 'video'),
    ...count('remuxed', 'video'),
    ...count('written', 'file'),
  ];
  return `${folder}: ${made.join(', ')}\n\n${next.join('\n')}\n`;
}
