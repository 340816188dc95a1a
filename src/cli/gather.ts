import { Command } from 'commander';
import { counted } from '../counted.ts';
import { type GatherResult, gatherTake } from '../run/gather/gather-take.ts';
import { repairTable } from './repair.ts';
import { WorkProgress } from './work-progress.ts';

interface GatherFlags {
  readonly keepRemote?: boolean;
  readonly json?: boolean;
}

export function gatherCommand(): Command {
  return new Command('gather')
    .description(
      "Fetch a take's files that lie on other hosts of the rig, by HTTPS under the rig's key, compared by SHA-256, and remove them there once\n" +
        'they are whole here. Whatever interrupts it, the next one goes on. What was left open in them is finished, as by genlock repair.\n' +
        'Exit code 0 if every camera has its file here now, 1 if not (each host that is not there is named), 2 if there is no take.',
    )
    .argument('<take>', "the take's folder")
    .option('--keep-remote', 'leave the files on their hosts, too')
    .option('--json', 'what came of it as JSON on stdout, nothing else there')
    .allowExcessArguments(false)
    .action(async (folder: string, flags: GatherFlags) => {
      process.exitCode = await gather(folder, flags);
    });
}

/** Gathers a take and says what there is of it. @returns the exit code. */
async function gather(folder: string, { keepRemote, json }: GatherFlags): Promise<number> {
  const progress = new WorkProgress();
  const result = await gatherTake(folder, {
    keepRemote,
    onNote: (text) => {
      progress.clear();
      process.stderr.write(`${text}\n`);
    },
    onProgress: ({ done, of }) => progress.show('gathering', megabytes(done), megabytes(of), 'MB'),
    onFinishProgress: (file, done, total) => progress.show(`finishing ${file}`, done, total),
  }).finally(() => progress.clear());
  process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : gatherText(result));
  for (const line of result.missing) process.stderr.write(`genlock: ${line}\n`);
  return result.whole ? 0 : 1;
}

/** What came, and what there is of the take once all is here. */
function gatherText({ folder, gathered, repaired }: GatherResult): string {
  const came = gathered.length === 0 ? 'nothing' : `the files of ${counted(gathered.length, 'camera')}`;
  const names = gathered.length === 0 ? '' : ` (${gathered.join(', ')})`;
  const line = `${folder}: ${came} gathered${names}\n`;
  return repaired === undefined ? line : `${line}\n${repairTable(repaired)}`;
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
