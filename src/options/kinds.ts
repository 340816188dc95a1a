import { UsageError } from '../errors.ts';
import { HOST_NAME, HOST_NAME_WORDS, LONGEST_NOTE, TAKE_WORD } from '../take-words.ts';
import { type FrameRate, parseFrameRate } from '../time/frame-rate.ts';
import {
  areGains,
  BITRATES,
  isNote,
  isWord,
  parseBitrate,
  parseChoice,
  parseChoiceInAnyCase,
  parseGains,
  parseNote,
  parseNumber,
  parseRate,
  parseSide,
  parseText,
  parseTime,
  parseWhole,
  parseWord,
} from './parse.ts';

/** What a value may be, as JSON Schema 2020-12 has it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What an option takes: read from a command line, checked where a script gives it, and said again as an argument. */
export interface Kind<Value, Given = Value> {
  /** What a script may give, in words: `a whole number from 1 to 8192`. */
  readonly takes: string;
  /** The same for editors, of a file of JSON; `check` is what holds. */
  readonly schema: JsonSchema;
  /** @throws UsageError that names the flag, the text and what would be right. */
  read(flag: string, text: string): Value;
  /** @returns undefined where that is not what it takes. */
  check(given: Given): Value | undefined;
  /** As a command line says it. */
  print(value: Value): string;
  /** As a script gives it, and a file of JSON holds it, where the value is another. */
  give?(value: Value): unknown;
}

/** What a kind makes of what is given. */
export type ValueOf<K> = K extends Kind<infer Value, infer _> ? Value : never;
/** What a script gives to a kind. */
export type GivenTo<K> = K extends Kind<infer _, infer Given> ? Given : never;

const isNumber = (given: unknown, from: number, to: number): given is number =>
  typeof given === 'number' && given >= from && given <= to;

/** A whole number within bounds. */
export const whole = (from: number, to: number): Kind<number> => ({
  takes: `a whole number from ${from} to ${to}`,
  schema: { type: 'integer', minimum: from, maximum: to },
  read: (flag, text) => parseWhole(flag, text, from, to),
  check: (given) => (Number.isInteger(given) && isNumber(given, from, to) ? given : undefined),
  print: String,
});

/** A number within bounds. */
export const number = (from: number, to: number): Kind<number> => ({
  takes: `a number from ${from} to ${to}`,
  schema: { type: 'number', minimum: from, maximum: to },
  read: (flag, text) => parseNumber(flag, text, from, to),
  check: (given) => (isNumber(given, from, to) ? given : undefined),
  print: String,
});

/** A picture's side, in pixels: even, as 4:2:0 video needs it; on a command line 0 leaves it to the default. */
export const side: Kind<number> = {
  takes: 'an even number of pixels from 2 to 8192',
  schema: { type: 'integer', minimum: 2, maximum: 8192, multipleOf: 2 },
  read: parseSide,
  check: (given) => (isNumber(given, 2, 8192) && given % 2 === 0 ? given : undefined),
  print: String,
};

interface Times {
  /** What a script counts in. */
  readonly unit: 's' | 'us';
  /** What a bare number counts in on a command line. */
  readonly bare: 's' | 'ms' | 'us';
  /** The shortest and the longest, in `unit`. */
  readonly from: number;
  readonly to: number;
}

const UNITS = { s: { us: 1e6, name: 'seconds' }, us: { us: 1, name: 'microseconds' } };

/** A time, in its unit. */
export const time = ({ unit, bare, from, to }: Times): Kind<number> => ({
  takes: `${UNITS[unit].name} from ${from} ${to === Number.POSITIVE_INFINITY ? 'on' : `to ${to}`}`,
  schema: { type: 'number', minimum: from, ...(Number.isFinite(to) && { maximum: to }) },
  read: (flag, text) => parseTime(flag, text, bare) / UNITS[unit].us,
  check: (given) => (isNumber(given, from, to) ? given : undefined),
  print: (value) => `${value}${unit}`,
});

/** One of several words. */
export const choice = <Word extends string>(words: readonly Word[]): Kind<Word> => ({
  takes: `one of ${words.join(', ')}`,
  schema: { enum: words },
  read: (flag, text) => parseChoice(flag, text, words),
  check: (given) => words.find((word) => word === given),
  print: String,
});

/** One of several words, which a command line may write in capitals. */
export const choiceInAnyCase = <Word extends string>(words: readonly Word[]): Kind<Word> => ({
  ...choice(words),
  read: (flag, text) => parseChoiceInAnyCase(flag, text, words),
});

/** Bits a second; on a command line 0 leaves them to the quality. */
export const bitrate: Kind<number> = {
  takes: `a whole number of bits a second from ${BITRATES.from} to ${BITRATES.to}`,
  schema: { type: 'integer', minimum: BITRATES.from, maximum: BITRATES.to },
  read: parseBitrate,
  check: (given) => (Number.isInteger(given) && isNumber(given, BITRATES.from, BITRATES.to) ? given : undefined),
  print: (value) => `${value}bps`,
};

/** A text that is not empty. */
export const text: Kind<string> = {
  takes: 'a text that is not empty',
  schema: { type: 'string', minLength: 1 },
  read: parseText,
  check: (given) => (typeof given === 'string' && given !== '' ? given : undefined),
  print: String,
};

/** Free text for people. */
export const note: Kind<string> = {
  takes: `a text of 1 to ${LONGEST_NOTE} characters`,
  schema: { type: 'string', minLength: 1, maxLength: LONGEST_NOTE },
  read: parseNote,
  check: (given) => (typeof given === 'string' && isNote(given) ? given : undefined),
  print: String,
};

/** What names a take: part of a folder's name on any system. */
export const word: Kind<string> = {
  takes: 'letters, digits, - and _, 64 at most',
  schema: { type: 'string', pattern: TAKE_WORD.source },
  read: parseWord,
  check: (given) => (typeof given === 'string' && isWord(given) ? given : undefined),
  print: String,
};

/** On or off. */
export const onOff: Kind<boolean> = {
  takes: 'true or false',
  schema: { type: 'boolean' },
  read: () => true,
  check: (given) => (typeof given === 'boolean' ? given : undefined),
  print: String,
};

const areHosts = (given: unknown): given is readonly string[] =>
  Array.isArray(given) && given.length > 0 && given.every((name) => typeof name === 'string' && HOST_NAME.test(name));

/** Hosts of a rig by their names, all of them, or none; on a command line with spaces between. */
export const hosts: Kind<boolean | readonly string[]> = {
  takes: `true for all, or a list of names: ${HOST_NAME_WORDS}`,
  schema: {
    anyOf: [{ type: 'boolean' }, { type: 'array', minItems: 1, items: { type: 'string', pattern: HOST_NAME.source } }],
  },
  read: (flag, given) => {
    const names = given.split(' ').filter((name) => name !== '');
    const wrong = names.find((name) => !HOST_NAME.test(name));
    if (wrong !== undefined) throw new UsageError(`${flag}: '${wrong}' is no name of a host: ${HOST_NAME_WORDS}`);
    return names.length === 0 ? true : names;
  },
  check: (given) => (typeof given === 'boolean' || areHosts(given) ? given : undefined),
  print: (value) => (typeof value === 'boolean' ? '' : value.join(' ')),
};

/** Frames a second, exactly; a script gives a number or a text such as '30000/1001'. */
export const rate: Kind<FrameRate, number | string> = {
  takes: "frames a second above 0 and up to 1000: 30, '29.97', '30000/1001'",
  schema: {
    anyOf: [
      { type: 'number', exclusiveMinimum: 0, maximum: 1000 },
      { type: 'string', pattern: '^[0-9.]+(/[0-9.]+)?$' },
    ],
  },
  read: (flag, given) => parseRate(flag, given, false),
  check: (given) => {
    const value = typeof given === 'string' || typeof given === 'number' ? parseFrameRate(`${given}`) : undefined;
    return value !== undefined && value.num / value.den <= 1000 ? value : undefined;
  },
  print: ({ num, den }) => `${num}/${den}`,
  give: ({ num, den }) => (den === 1 ? num : `${num}/${den}`),
};

/** Gains of red and blue; on a command line 0,0 leaves them to the camera. */
export const gains: Kind<readonly [number, number] | undefined, readonly [number, number]> = {
  takes: 'gains of red and blue above 0 and at most 32: [1.6, 1.8]',
  schema: {
    type: 'array',
    items: { type: 'number', exclusiveMinimum: 0, maximum: 32 },
    minItems: 2,
    maxItems: 2,
  },
  read: parseGains,
  check: (given) => (Array.isArray(given) && areGains(given) ? [given[0], given[1]] : undefined),
  print: (value) => (value ?? [0, 0]).join(','),
};
