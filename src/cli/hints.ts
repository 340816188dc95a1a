import type { CommanderError } from 'commander';

/** An option of ours with the number that was given, or one for example. */
const rate = (given?: string): string => `--framerate ${given ?? 30}`;
const length = (given?: string): string => `-t ${given ?? 20}s`;

/** What people type who come from other programs, and what stands for it here. */
const ELSEWHERE: Readonly<Record<string, string | ((given?: string) => string)>> = {
  '--fps': rate,
  '-fps': rate,
  '--rate': rate,
  '-r': rate,
  '-d': length,
  '--duration': length,
  '--time': length,
  '--seconds': length,
  '--length': length,
  '--resolution': '--size 720p, or --width 1280 --height 720',
  '--exposure': '--shutter 5ms',
  '--iso': '--gain 2',
  '--out': '-o FOLDER',
  '--device': '--camera v4l2:/dev/video0',
};

/**
 * What to type instead of an option that a command does not have, or of a device without an option.
 * @param args the command line behind the program's name.
 * @returns undefined where the error is of another kind, or nothing is known to stand for it.
 */
export async function optionHint(
  { code, message }: CommanderError,
  args: readonly string[],
): Promise<string | undefined> {
  const [command] = args;
  if (code === 'commander.excessArguments') {
    const device = args.find((arg) => /^\/dev\/video\d+$/.test(arg));
    return device && `${device}: a camera is given with --camera v4l2:${device}`;
  }
  const [, flag = ''] = /^error: unknown option '(--?[^'=]+)/.exec(message) ?? [];
  if (code !== 'commander.unknownOption' || flag === '') return undefined;
  const instead = ELSEWHERE[flag];
  if (instead !== undefined) {
    const given = args.join(' ').split(`${flag} `)[1] ?? args.join(' ').split(`${flag}=`)[1];
    const [number] = /^\d+(\.\d+)?(?= |$)/.exec(given ?? '') ?? [];
    return `${command} has no ${flag}: give ${typeof instead === 'string' ? instead : instead(number)}`;
  }
  if (command !== 'record' || !flag.startsWith('--')) return undefined;
  const { optionNamed } = await import('./options/table.ts');
  return optionNamed(flag.slice(2)) === undefined
    ? undefined
    : `record has no ${flag}: it is an option of genlock vid, which records one camera`;
}
