import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { flagOf, type TakeOption, type TakeOptionName, type TakeValues, takeOptionList } from '../options/take.ts';

/** What commander makes of a take's options: texts as they were given, true for a switch. */
export type TakeFlags = Readonly<Record<string, string | readonly string[] | boolean | undefined>>;

/** Commander's own name of a flag: `onOverload` for `on-overload`, `verify` for `no-verify`. */
const attribute = ({ flag, negated }: TakeOption<unknown>): string =>
  (negated ? flag.replace(/^no-/, '') : flag).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The options of a take, for a command. @param names those that it takes. Default: all. */
export function addTakeOptions(command: Command, names?: readonly TakeOptionName[]): void {
  for (const [name, option] of takeOptionList) {
    if (names?.includes(name) === false) continue;
    const { short, flag, placeholder, help, otherwise, kind } = option;
    const usage = `${short === undefined ? '' : `-${short}, `}--${flag}${placeholder === undefined ? '' : ` <${placeholder}>`}`;
    const usual =
      otherwise ?? (placeholder === undefined || option.default === undefined ? undefined : kind.print(option.default));
    command.option(usage, usual === undefined ? help : `${help} (${usual})`);
    if (name !== 'cameras') continue;
    command.option(
      '--camera <number|spec...>',
      'the cameras, in place of --cameras: numbers or specs such as rpicam:0, with names if wanted (left=0 right=1); the first is the server',
    );
  }
}

/**
 * What a command line asks of a take.
 * @throws UsageError that names the flag, its text and what would be right.
 */
export function takeValues(flags: TakeFlags): TakeValues {
  if (flags.cameras !== undefined && flags.camera !== undefined) {
    throw new UsageError('--cameras and --camera: give one or the other');
  }
  const values: Record<string, unknown> = {};
  for (const [name, option] of takeOptionList) {
    const given = flags[attribute(option)];
    // Commander says true for what `--no-...` was not given for.
    if (typeof given === 'boolean' && given !== option.default) values[name] = given;
    if (typeof given !== 'string') continue;
    const value = option.kind.read(flagOf(name) as string, given);
    if (value !== option.none) values[name] = value;
  }
  if (Array.isArray(flags.camera)) values.cameras = flags.camera;
  return values as TakeValues;
}
