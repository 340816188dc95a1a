import type { Argument, Command, Option } from 'commander';
import { takeOptionList } from '../../options/take.ts';
import { optionList } from '../options/table.ts';

/** What can stand for a value: some words, a file or a folder, or what nobody can know. */
export type Value =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'file' | 'folder' | 'other' };

/** An option as shells complete it. */
export interface ShellOption {
  /** All ways to write it, dashes included: `-t`, `--timeout`. */
  readonly flags: readonly string[];
  readonly help: string;
  /** Undefined for a switch. */
  readonly value: Value | undefined;
  /** It may stand alone. */
  readonly optional: boolean;
}

/** A command, or the program, as shells complete it. */
export interface ShellCommand {
  /** Behind the program: `['takes', 'rm']`. */
  readonly path: readonly string[];
  readonly help: string;
  readonly options: readonly ShellOption[];
  /** Undefined where it takes no arguments. */
  readonly argument: Value | undefined;
  readonly below: readonly ShellCommand[];
}

/** The program with its commands, as it is defined. @param commands whole ones, each with its summary. */
export function shellProgram(program: Command, commands: readonly Command[]): ShellCommand {
  const names = commands.map((command) => command.name());
  const help: ShellCommand = {
    ...{ path: ['help'], help: 'show the help of a command', options: [], below: [] },
    argument: { kind: 'words', words: names },
  };
  return { ...shellCommand(program, []), below: [...commands.map((each) => shellCommand(each, [each.name()])), help] };
}

function shellCommand(command: Command, path: readonly string[]): ShellCommand {
  const [argument] = command.registeredArguments;
  const own = path[0] === 'vid' ? vidOptions() : command.createHelp().visibleOptions(command).map(shellOption);
  return {
    path,
    help: command.summary() || command.description(),
    options: own,
    argument: argument && argumentValue(argument),
    below: path.length === 0 ? [] : command.commands.map((each) => shellCommand(each, [...path, each.name()])),
  };
}

function shellOption(option: Option): ShellOption {
  const { short, long, required, optional, description, flags } = option;
  const takes = required || optional;
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    help: description,
    value: takes ? valueFor(flags, option.argChoices ?? takeWords(long ?? '')) : undefined,
    optional,
  };
}

const argumentValue = (argument: Argument): Value => valueFor(argument.name(), argument.argChoices);

/** The words of an option of a take. */
const takeWords = (flag: string): readonly string[] | undefined =>
  takeOptionList.find(([, option]) => `--${option.flag}` === flag)?.[1].kind.schema.enum as string[] | undefined;

/** The options of `vid`, which Commander does not know. */
const vidOptions = (): ShellOption[] =>
  optionList
    .filter(([, { hidden }]) => !hidden)
    .map(([name, { short, value, placeholder = '', help, words }]) => ({
      flags: [...(short === undefined ? [] : [`-${short}`]), `--${name}`],
      help,
      value: value === 'none' ? undefined : valueFor(placeholder, words),
      optional: value === 'optional',
    }));

/** What a placeholder stands for: `file`, `<folder>`, `take`. */
function valueFor(usage: string, words?: readonly string[]): Value {
  if (words !== undefined) return { kind: 'words', words };
  const placeholder = usage.replace(/^.*?[<[]/, '');
  if (/file|program/.test(placeholder)) return { kind: 'file' };
  return { kind: /folder|take/.test(placeholder) ? 'folder' : 'other' };
}

/** A command and all below it, the outermost first. */
export const everyCommand = (command: ShellCommand): readonly ShellCommand[] => [
  command,
  ...command.below.flatMap(everyCommand),
];

/** A text in single quotes, as bash and zsh take it. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
