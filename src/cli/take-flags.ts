import { type Command, Option } from 'commander';
import { UsageError } from '../errors.ts';
import { withSides } from '../options/sizes.ts';
import { flagOf, type TakeOption, type TakeOptionName, type TakeValues, takeOptionList } from '../options/take.ts';

/** What commander makes of a take's options: texts as they were given, true for a switch. */
export type TakeFlags = Readonly<Record<string, string | readonly string[] | boolean | undefined>>;

/** The flag without the `no-` of one that takes away: `verify` for `no-verify`. */
const positive = ({ flag, negated }: TakeOption<unknown>): string => (negated ? flag.replace(/^no-/, '') : flag);

/** Commander's own name of a flag: `onOverload` for `on-overload`, `verify` for `no-verify`. */
const attribute = (option: TakeOption<unknown>): string =>
  positive(option).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/**
 * The options of a take, for a command. A switch has its opposite too, which takes back what a rig file says; the help
 * does not show it.
 * @param has whether it takes the option. Default: all.
 */
export function addTakeOptions(command: Command, has: (name: TakeOptionName) => boolean = () => true): void {
  for (const [name, option] of takeOptionList) {
    if (!has(name)) continue;
    const { short, flag, placeholder, help, otherwise, kind, list, many } = option;
    const word = many || list ? `${placeholder}...` : placeholder;
    const value = placeholder === undefined ? '' : list ? ` [${word}]` : ` <${word}>`;
    const usage = `${short === undefined ? '' : `-${short}, `}--${flag}${value}`;
    const usual =
      otherwise ?? (placeholder === undefined || option.default === undefined ? undefined : kind.print(option.default));
    if (placeholder === undefined || list) {
      const opposite = new Option(option.negated ? `--${positive(option)}` : `--no-${flag}`).hideHelp();
      const shown = new Option(usage, usual === undefined ? help : `${help} (${usual})`);
      // Behind its opposite `--no-...` means nothing as long as nobody gives it.
      for (const each of option.negated ? [opposite, shown] : [shown, opposite]) command.addOption(each);
    } else command.option(usage, usual === undefined ? help : `${help} (${usual})`);
    if (name !== 'cameras') continue;
    command.option(
      '--camera <number|spec...>',
      'the cameras, in place of --cameras: numbers or specs such as rpicam:0, those of other hosts behind their names (pi2/rpicam:0), with names if wanted (left=0 right=1); the first is the server',
    );
  }
}

/**
 * What a command line asks of a take. What stands for "not given" (`--gain 0`) is there, and undefined: it takes back
 * what a rig file says.
 * @throws UsageError that names the flag, its text and what would be right.
 */
export function takeValues(flags: TakeFlags): TakeValues {
  if (flags.cameras !== undefined && flags.camera !== undefined) {
    throw new UsageError('--cameras and --camera: give one or the other');
  }
  const values: Record<string, unknown> = {};
  for (const [name, option] of takeOptionList) {
    const given = flags[attribute(option)];
    if (typeof given === 'boolean') values[name] = given;
    if (option.many && Array.isArray(given)) {
      const each = given.map((text: string) => option.kind.read(flagOf(name) as string, text));
      values[name] = each.flat();
      continue;
    }
    const text = Array.isArray(given) ? given.join(' ') : given;
    if (typeof text !== 'string') continue;
    const value = option.kind.read(flagOf(name) as string, text);
    values[name] = value === option.none ? undefined : value;
  }
  if (Array.isArray(flags.camera)) values.cameras = flags.camera;
  return withSides(values);
}
