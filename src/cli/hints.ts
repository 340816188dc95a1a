import type { CommanderError } from 'commander';

/** What people type who come from other programs, and what stands for it here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  '--fps': '--framerate 30',
  '--rate': '--framerate 30',
  '-r': '--framerate 30',
  '-d': '-t 20s',
  '--duration': '-t 20s',
  '--time': '-t 20s',
  '--seconds': '-t 20s',
  '--length': '-t 20s',
  '--resolution': '--size 720p, or --width 1280 --height 720',
  '--exposure': '--shutter 5ms',
  '--iso': '--gain 2',
  '--out': '-o FOLDER',
  '--device': '--camera v4l2:/dev/video0',
};

/**
 * What to type instead of an option that a command does not have.
 * @param command the command's name.
 * @returns undefined where the error is of another kind, or nothing is known to stand for it.
 */
export async function optionHint(
  { code, message }: CommanderError,
  command: string | undefined,
): Promise<string | undefined> {
  const [, flag = ''] = /^error: unknown option '(--?[^'=]+)/.exec(message) ?? [];
  if (code !== 'commander.unknownOption' || flag === '') return undefined;
  const instead = ELSEWHERE[flag];
  if (instead !== undefined) return `${command} has no ${flag}: give ${instead}`;
  if (command !== 'record' || !flag.startsWith('--')) return undefined;
  const { optionNamed } = await import('./options/table.ts');
  return optionNamed(flag.slice(2)) === undefined
    ? undefined
    : `record has no ${flag}: it is an option of genlock vid, which records one camera`;
}
