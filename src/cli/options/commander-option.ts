import { Option } from 'commander';
import type { OptionDefinition } from './definition.ts';
import { usage } from './help.ts';
import { OPTIONS, type OptionName } from './table.ts';

/**
 * An option of `vid` for another command, with the same spelling and the same values: Commander gives it parsed, as `OptionValues` has it.
 * @param other what is different there: its default, as it would be written, and its help.
 */
export function commanderOption(name: OptionName, other: { default?: string; help?: string } = {}): Option {
  const definition = OPTIONS[name] as OptionDefinition;
  const option = new Option(usage(name, definition), other.help ?? definition.help);
  const parse = (text: string) => definition.parse(`--${name}`, text);
  const usual = other.default ?? definition.default;
  option.argParser(parse);
  return usual === undefined ? option : option.default(parse(usual), usual);
}
