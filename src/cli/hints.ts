import type { Command, CommanderError } from 'commander';

/** An option of ours with the number that was given, or one for example. */
const rate = (given = ''): string => `--framerate ${number(given) ?? 30}`;
const length = (given = ''): string => `-t ${number(given) ?? 20}s`;
const number = (given: string): string | undefined => /^\d+(\.\d+)?(?= |$)/.exec(given)?.[0];

/** A size by its name, or by its sides. */
function size(given = ''): string {
  const [, name] = /^(1080p|720p|480p)(?: |$)/.exec(given) ?? [];
  const [, width = 1280, height = 720] = /^(\d+)x(\d+)(?: |$)/.exec(given) ?? [];
  return name === undefined ? `--width ${width} --height ${height}` : `--size ${name}`;
}

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
  '--resolution': size,
  '--res': size,
  '--exposure': '--shutter 5ms',
  '--iso': '--gain 2',
  '--out': '-o FOLDER',
  '--device': '--camera v4l2:/dev/video0',
};

/**
 * What to type instead of an option that a command does not have, or of a word without an option in front.
 * @param args the command line behind the program's name.
 * @param command the command that refused it, with the words that stood without an option.
 * @returns undefined where the error is of another kind, or nothing is known to stand for it.
 */
export async function optionHint(
  { code, message }: CommanderError,
  args: readonly string[],
  command: Command | undefined,
): Promise<string | undefined> {
  const [called] = args;
  if (code === 'commander.excessArguments') {
    const [word, ...more] = command?.args.slice(command.registeredArguments.length) ?? [];
    if (word === undefined) return undefined;
    return called === 'record'
      ? `${word}: ${wordHint(word, more)}`
      : `${word}: nothing is to stand here; genlock ${called} --help says what can`;
  }
  const [, flag = ''] = /^error: unknown option '(--?[^'=]+)/.exec(message) ?? [];
  if (code !== 'commander.unknownOption' || flag === '') return undefined;
  const instead = ELSEWHERE[flag];
  if (instead !== undefined) {
    const given = args.join(' ').split(`${flag} `)[1] ?? args.join(' ').split(`${flag}=`)[1];
    return `${called} has no ${flag}: give ${typeof instead === 'string' ? instead : instead(given)}`;
  }
  if (called !== 'record') return undefined;
  const { optionNamed, optionOfLetter } = await import('./options/table.ts');
  const known = flag.startsWith('--') ? optionNamed(flag.slice(2)) : optionOfLetter(flag.slice(1));
  return known === undefined
    ? undefined
    : `record has no ${flag}: it is an option of genlock vid, which records one camera`;
}

/** What a word without an option in front is likely to mean to `record`. */
function wordHint(word: string, more: readonly string[]): string {
  if (/^\/dev\/video\d+$/.test(word)) return `a camera is given with --camera v4l2:${word}`;
  if (/^\d+(\.\d+)?(ms|s|sec|min)$/.test(word)) return `how long to record is given with -t ${word}`;
  if (/^\d+$|[:=]/.test(word)) return `cameras are given with --camera ${[word, ...more].join(' ')}`;
  if (word.endsWith('.json')) return `a rig file is given with --rig ${word}`;
  return `a take's folder is given with -o ${word}, a word in its name with --name ${word}`;
}
