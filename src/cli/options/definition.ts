import { parseChoice } from '../../options/parse.ts';
import type { OptionBasics } from '../../options/shared.ts';
import { parseSwitch } from './values.ts';

/** The headings of the help and of the documentation's table. */
export type OptionGroup =
  | 'general'
  | 'sync'
  | 'output'
  | 'encoding'
  | 'camera'
  | 'image'
  | 'preview'
  | 'audio'
  | 'genlock';

/**
 * What becomes of an option here. `acts`: it does what it says. `camera`: the camera is asked for it, and says in one
 * line what it can't. `accepted`: there is nothing to do. `unavailable`: the text says why, to whoever asks for more
 * than the default.
 */
export type Treatment = 'acts' | 'camera' | 'accepted' | { readonly unavailable: string };

interface Given<T> {
  /** One letter. */
  readonly short?: string;
  /** `none`: true or false; `optional`: `implicit` stands for a value that is left out. */
  readonly value: 'none' | 'optional' | 'required';
  /** What stands for the value in the help, for example `time`. */
  readonly placeholder?: string;
  /** The values that there are, where they are words. */
  readonly words?: readonly string[];
  readonly implicit?: string;
  /** As it would be written. */
  readonly default?: string;
  /** What holds where the option is not given, for people, where that is more than `default` says. */
  readonly otherwise?: string;
  readonly group: OptionGroup;
  /** One line. */
  readonly help: string;
  /** Default `acts`. */
  readonly does?: Treatment;
  /** Where this differs from rpicam-vid, and why: Markdown, for the documentation. */
  readonly differs?: string;
  /** The option of which this is another name. */
  readonly sameAs?: string;
  /** True for what rpicam-vid does not have. */
  readonly ours?: boolean;
  /** True for what is neither in the help nor in the documentation. */
  readonly hidden?: boolean;
  /**
   * Reads the value. `flag` is how messages name the option: `--timeout`.
   * @throws UsageError that names the flag, the text and what would be right.
   */
  parse(flag: string, text: string): T;
}

/** One option of `genlock vid`; T is its value, undefined where it is not given and has no default. */
export type OptionDefinition<T = unknown> = Omit<Given<unknown>, 'parse'> & {
  readonly does: Treatment;
  parse(flag: string, text: string): T;
};

export function option<T>(given: Given<T> & { readonly default: string }): OptionDefinition<T>;
export function option<T>(given: Given<T>): OptionDefinition<T | undefined>;
export function option<T>(given: Given<T>): OptionDefinition<T> {
  return { does: 'acts', ...given };
}

/** What an option of a take says of itself, for one camera's: its value is read alike. */
export const shared = <T>({ short, placeholder, help, kind }: OptionBasics<T, never>) => ({
  value: 'required' as const,
  ...(short !== undefined && { short }),
  ...(placeholder !== undefined && { placeholder }),
  help,
  ...(Array.isArray(kind.schema.enum) && { words: kind.schema.enum as readonly string[] }),
  parse: (flag: string, text: string): T => kind.read(flag, text),
});

/** The values of an option that takes one of some words. */
export const oneOf = <Word extends string>(words: readonly Word[], parse: typeof parseChoice = parseChoice) => ({
  words,
  parse: (flag: string, text: string): Word => parse(flag, text, words),
});

type Switch = Pick<Given<boolean>, 'short' | 'group' | 'help' | 'does' | 'differs' | 'ours' | 'hidden'>;

/** An option that is on or off: alone or as `=1`, `=0`, `=true`, `=false`. */
export const toggle = (given: Switch): OptionDefinition<boolean> =>
  option({ value: 'none', implicit: '1', default: '0', parse: parseSwitch, ...given });

/** An option that is taken, and can't do anything here. */
export const unavailable = (
  why: string,
  given: Omit<Given<string>, 'parse' | 'does'>,
): OptionDefinition<string | undefined> => option({ parse: (_, text) => text, does: { unavailable: why }, ...given });
