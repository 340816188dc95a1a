import { UsageError } from '../../errors.ts';
import { SHARED } from '../../options/shared.ts';
import { sizeNamed } from '../../options/sizes.ts';
import { readConfigFile } from './config-file.ts';
import type { OptionDefinition } from './definition.ts';
import { type Given, readArguments } from './grammar.ts';
import { OPTIONS, type OptionName, type OptionValues, optionList } from './table.ts';

/** What a command line asks for. */
export interface Asked {
  readonly values: OptionValues;
  /** What was given, as it was written, by the option's name; a config file's counted in. */
  readonly given: ReadonlyMap<OptionName, string>;
}

/**
 * Reads the arguments behind `genlock vid`, and the file of `--config` if they name one: the command line wins over it,
 * and what is given last over what was given before.
 * @throws UsageError: one line that names the option and what would be right.
 */
export function readOptions(args: readonly string[], readConfig = readConfigFile): Asked {
  const line = readArguments(args);
  const config = line.findLast(({ name }) => name === 'config');
  const file = config === undefined ? [] : readConfig(config.text);
  return settle([...withSides(file), ...withSides(line)]);
}

/** Puts width and height behind a size's name. @throws UsageError where a side is given as well. */
function withSides(given: readonly Given[]): readonly Given[] {
  const size = given.findLast(({ name }) => name === 'size');
  if (size === undefined) return given;
  const side = given.find(({ name, text }) => (name === 'width' || name === 'height') && Number(text) !== 0);
  if (side !== undefined) {
    throw new UsageError(`${size.flag} ${size.text} and ${side.flag} ${side.text}: give one or the other`);
  }
  const [width, height] = sizeNamed(SHARED.size.kind.read(size.flag, size.text));
  const said = (name: 'width' | 'height', pixels: number): Given => ({ name, text: String(pixels), flag: size.flag });
  return [...given, said('width', width), said('height', height)];
}

/** Later ones win. Every one is read, so that a wrong one is found even where another wins over it. */
function settle(all: readonly Given[]): Asked {
  const values: Partial<Record<OptionName, unknown>> = {};
  const given = new Map<OptionName, string>();
  for (const [name, { default: text, parse }] of optionList) {
    values[name] = text === undefined ? undefined : parse(`--${name}`, text);
  }
  for (const { name, text, flag } of all) {
    const definition = OPTIONS[name] as OptionDefinition;
    const target = (definition.sameAs ?? name) as OptionName;
    const value = definition.parse(flag, text);
    values[target] = value;
    // One that is compared without regard to case is that which it means.
    given.set(target, value === text.toLowerCase() ? value : text);
  }
  return { values: values as OptionValues, given };
}
