import { CommanderError } from 'commander';
import { messageInFlags } from '../options/flags.ts';

/** Stock's exit code where it says `ERROR: *** text ***`, and where it aborts. */
const ERROR = 255;
const ABORTED = 134;

/** How stock rpicam-vid words what genlock words otherwise; texts from its real output. */
const WORDS: readonly [RegExp, (match: RegExpExecArray) => string][] = [
  [/unknown option ['"]?(--?[\w-]+)/, ([, option]) => `unrecognised option '${option}'`],
  [
    /option '(?:-\w, )?(--[\w-]+)[^']*' (?:argument missing|needs a value)/,
    ([, option]) => `the required argument for option '${option}' is missing`,
  ],
  [/^--timeout/, () => 'Invalid time string provided'],
  [/^--sync (\S*):/, ([, mode]) => `incorrect sync value ${mode}`],
  [/^--camera \S*: no such camera/, () => 'selected camera is not available'],
  [/^(--[\w-]+) (\S*): /, ([, option, value]) => `the argument ('${value}') for option '${option}' is invalid`],
];

/** Prints an error as stock rpicam-vid does. @returns its exit code. */
export function standInFailed(error: unknown): number {
  const message = messageInFlags(error).replace(/^error: /, '');
  const unwritable = /^(\S+): (?:can't be written: )?(?:there is no folder|folder \S+ does not exist)/.exec(message);
  if (unwritable !== null) {
    process.stderr.write(
      "terminate called after throwing an instance of 'std::runtime_error'\n" +
        `  what():  libav: unable to open output mux for ${unwritable[1]}: No such file or directory\n`,
    );
    return ABORTED;
  }
  process.stderr.write(`ERROR: *** ${worded(message)} ***\n`);
  return error instanceof CommanderError && error.exitCode === 0 ? 0 : ERROR;
}

function worded(message: string): string {
  for (const [pattern, words] of WORDS) {
    const match = pattern.exec(message);
    if (match !== null) return words(match);
  }
  return message.replace(/\s*\n\s*/g, ' ');
}
