import { UsageError } from '../../errors.ts';
import { nearestName } from '../../options/nearest.ts';
import { checkDashes } from '../dashes.ts';
import type { OptionDefinition } from './definition.ts';
import { OPTIONS, type OptionName, optionList, optionNamed, optionOfLetter } from './table.ts';

/** An option as somebody gave it. */
export interface Given {
  readonly name: OptionName;
  readonly text: string;
  /** How messages name it: `--timeout`, or with a file and a line before it. */
  readonly flag: string;
}

/** What follows a switch and can only be its value: nothing else is ever given without an option. */
const SWITCH_VALUES = ['0', '1', 'true', 'false'];

/**
 * Splits a command line into options, with the grammar of rpicam-vid: `--name value`, `--name=value`, `--na` where only
 * one option begins so, `-t 20s`, `-t20s`, `-nt 20s`.
 * @throws UsageError that names what is unknown, lacks its value or belongs to no option.
 */
export function readArguments(args: readonly string[]): Given[] {
  const given: Given[] = [];
  const rest = [...args];
  const take = (name: OptionName, adjacent: string | undefined): void => {
    given.push({ name, text: adjacent ?? valueFrom(rest, name), flag: `--${name}` });
  };
  checkDashes(args);
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const long = /^--([^=]+)(?:=([\s\S]*))?$/.exec(arg);
    if (long?.[1] !== undefined) take(meant(long[1]), long[2]);
    else if (/^-[^-]/.test(arg)) takeLetters(arg, take);
    else throw new UsageError(`too many arguments: "${arg}" belongs to no option`);
  }
  return given;
}

/**
 * The option that `text` names, in full or by its beginning.
 * @throws UsageError where there is none, or more than one.
 */
export function meant(text: string): OptionName {
  if (optionNamed(text) !== undefined) return text as OptionName;
  const beginning = optionList.filter(([name, { hidden }]) => !hidden && name.startsWith(text));
  // What rpicam-vid understands is not made ambiguous by options of ours.
  const stock = beginning.filter(([, { ours }]) => !ours);
  const [only, other] = stock.length > 0 ? stock : beginning;
  if (only === undefined) {
    const shown = optionList.filter(([, { hidden }]) => !hidden).map(([name]) => name);
    const near = nearestName(text, shown);
    throw new UsageError(
      `unknown option '--${text}'${near === undefined ? '; see genlock vid --help' : `; did you mean --${near}?`}`,
    );
  }
  if (other === undefined) return only[0];
  const names = beginning.map(([name]) => `--${name}`);
  throw new UsageError(`option '--${text}' is ambiguous: ${names.join(', ')}`);
}

function takeLetters(arg: string, take: (name: OptionName, adjacent: string | undefined) => void): void {
  for (let at = 1; at < arg.length; at++) {
    const letter = arg[at] as string;
    const name = optionOfLetter(letter);
    if (name === undefined) throw new UsageError(`unknown option '-${letter}' in ${arg}; see genlock vid --help`);
    const behind = arg.slice(at + 1).replace(/^=/, '');
    const alone = OPTIONS[name].value === 'none' && !arg.startsWith('=', at + 1);
    if (!alone) {
      take(name, behind === '' ? undefined : behind);
      return;
    }
    take(name, at + 1 < arg.length ? '1' : undefined);
  }
}

/** The value of an option that has none behind it: the next argument, or what the option stands for alone. */
function valueFrom(rest: string[], name: OptionName): string {
  const { value, implicit = '' } = OPTIONS[name] as OptionDefinition;
  const [next] = rest;
  if (value === 'required' && next === undefined) throw new UsageError(`option '--${name}' needs a value`);
  const takes =
    next !== undefined &&
    (value === 'required' || (value === 'optional' ? !next.startsWith('-') : SWITCH_VALUES.includes(next)));
  if (!takes) return implicit;
  rest.shift();
  return next;
}
