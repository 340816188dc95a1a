import { AUDIO_OPTIONS } from './audio.ts';
import { CAMERA } from './camera.ts';
import type { OptionDefinition, OptionGroup } from './definition.ts';
import { ENCODING } from './encoding.ts';
import { GENERAL } from './general.ts';
import { GENLOCK } from './genlock.ts';
import { IMAGE } from './image.ts';
import { OUTPUT } from './output.ts';
import { PREVIEW } from './preview.ts';
import { SYNC } from './sync.ts';

/** Every option of `genlock vid`, by its name without dashes, in the order of help and documentation. */
export const OPTIONS = {
  ...GENERAL,
  ...SYNC,
  ...OUTPUT,
  ...ENCODING,
  ...CAMERA,
  ...IMAGE,
  ...GENLOCK,
  ...PREVIEW,
  ...AUDIO_OPTIONS,
};

export type OptionName = keyof typeof OPTIONS;

/** The value of each option: as given, else its default; undefined where there is neither. */
export type OptionValues = {
  readonly [Name in OptionName]: (typeof OPTIONS)[Name] extends OptionDefinition<infer T> ? T : never;
};

/** The options with their names, in order. */
export const optionList = Object.entries(OPTIONS) as readonly (readonly [OptionName, OptionDefinition])[];

/** Headings of the groups, in order. */
export const GROUPS: Readonly<Record<OptionGroup, string>> = {
  general: 'General',
  sync: 'Synchronisation',
  output: 'Output',
  encoding: 'Encoding',
  camera: 'Camera',
  image: 'Picture',
  genlock: 'genlock',
  preview: 'Preview, viewfinder, low resolution stream, post-processing',
  audio: 'Sound',
};

export const optionNamed = (name: string): OptionDefinition | undefined =>
  Object.hasOwn(OPTIONS, name) ? (OPTIONS[name as OptionName] as OptionDefinition) : undefined;

/** The option of a single letter. */
export const optionOfLetter = (letter: string): OptionName | undefined =>
  optionList.find(([, { short }]) => short === letter)?.[0];
