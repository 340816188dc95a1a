import { MOST_COLOUR_GAIN } from '../colour-gain.ts';
import { UsageError } from '../errors.ts';
import { LONGEST_NOTE, TAKE_WORD } from '../take-words.ts';
import { type FrameRate, parseFrameRate } from '../time/frame-rate.ts';

const US_PER = new Map([
  ['min', 60e6],
  ['sec', 1e6],
  ['s', 1e6],
  ['ms', 1e3],
  ['us', 1],
  ['ns', 1e-3],
]);

/**
 * Reads a time such as `20s`, `1.5min` or `500ms`, in us. Without a suffix it counts in `unit`.
 * @throws UsageError that names the flag and the suffixes.
 */
export function parseTime(flag: string, text: string, unit: 's' | 'ms' | 'us'): number {
  const [, number, suffix] = /^([+-]?(?:\d+\.?\d*|\.\d+))(\w*)$/.exec(text.trim()) ?? [];
  const scale = US_PER.get(suffix || unit);
  if (number === undefined || scale === undefined) {
    throw new UsageError(
      `${flag} ${text}: not a time; give a number with min, sec, s, ms, us or ns behind it, for example 20s`,
    );
  }
  const us = Number(number) * scale;
  if (us < 0) throw new UsageError(`${flag} ${text}: a time can't be negative`);
  return us;
}

/** Reads a whole number within bounds. @throws UsageError that names the flag and the bounds. */
export function parseWhole(flag: string, text: string, from: number, to: number): number {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(value >= from && value <= to)) {
    throw new UsageError(`${flag} ${text}: must be a whole number from ${from} to ${to}`);
  }
  return value;
}

/** Reads a number within bounds. @throws UsageError that names the flag and the bounds. */
export function parseNumber(flag: string, text: string, from: number, to: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= from && value <= to)) throw new UsageError(`${flag} ${text}: must be a number from ${from} to ${to}`);
  return value;
}

/** Reads a picture's side: even, as 4:2:0 video needs it. @throws UsageError that names the flag. */
export function parseSide(flag: string, text: string): number {
  const [, width, height] = /^\s*(\d+)\s*[x*]\s*(\d+)\s*$/i.exec(text) ?? [];
  if (width !== undefined && height !== undefined)
    throw new UsageError(`${flag} ${text}: is one side only; give --width ${width} --height ${height}`);
  const value = parseWhole(flag, text, 0, 8192);
  if (value % 2 !== 0) throw new UsageError(`${flag} ${text}: must be an even number`);
  return value;
}

/**
 * Reads a frame rate; a negative one means the default of 30, as in rpicam-vid.
 * @throws UsageError that names the flag.
 */
export function parseRate(flag: string, text: string, sync: boolean): FrameRate {
  if (/^-(\d+\.?\d*|\.\d+)$/.test(text)) return { num: 30, den: 1 };
  const rate = parseFrameRate(text);
  if (rate !== undefined && rate.num / rate.den <= 1000) return rate;
  if (Number(text) === 0 && sync) {
    throw new UsageError(`${flag} 0: a variable frame rate can't be synchronised; give a rate such as 30`);
  }
  if (Number(text) === 0)
    throw new UsageError(`${flag} 0: this camera has no variable frame rate; give a rate such as 30`);
  throw new UsageError(`${flag} ${text}: not a frame rate up to 1000; give one such as 30, 29.97 or 30000/1001`);
}

/** Reads how far apart frames may be, in us. @throws UsageError that names the flag. */
export function parseTolerance(flag: string, text: string): number {
  const us = parseTime(flag, text, 'us');
  if (us === 0) throw new UsageError(`${flag} ${text}: must be more than nothing; no clock is read that exactly`);
  return us;
}

/**
 * Reads how much of a file may repeat the frame before: a percentage, as a share.
 * @throws UsageError that names the flag and the bounds.
 */
export function parseMaxRepeats(flag: string, text: string): number {
  const [, number] = /^\s*(\d+\.?\d*|\.\d+)\s*%?\s*$/.exec(text) ?? [];
  const percent = Number(number ?? Number.NaN);
  if (!(percent >= 0 && percent <= 100)) throw new UsageError(`${flag} ${text}: must be a percentage from 0 to 100`);
  return percent / 100;
}

/** `--max-repeats` unless it is given: `DEFAULT_MAX_REPEATS` as it is typed. */
export const MAX_REPEATS = {
  text: '5',
  means: 'share of frames, in %, that may repeat the one before in a take that is locked',
};

/** Reads one of several words. @throws UsageError that names the flag and the words. */
export function parseChoice<T extends string>(flag: string, text: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw new UsageError(`${flag} ${text}: must be one of ${choices.join(', ')}`);
  return found;
}

/**
 * The same, for options whose values rpicam-vid compares without regard to case.
 * @throws UsageError that names the flag and the choices.
 */
export const parseChoiceInAnyCase = <T extends string>(flag: string, text: string, choices: readonly T[]): T =>
  choices.find((choice) => choice === text.toLowerCase()) ?? parseChoice(flag, text, choices);

/** Whether two numbers can be gains of red and blue. */
export const areGains = (gains: readonly unknown[]): gains is readonly [number, number] =>
  gains.length === 2 && gains.every((gain) => typeof gain === 'number' && gain > 0 && gain <= MOST_COLOUR_GAIN);

/**
 * Reads gains of red and blue; undefined for 0,0, which leaves them to the camera.
 * @throws UsageError that names the flag.
 */
export function parseGains(flag: string, text: string): readonly [number, number] | undefined {
  const gains = parseNumbers(flag, text, 2, '1.6,1.8');
  if (gains.every((gain) => gain === 0)) return undefined;
  if (areGains(gains)) return gains;
  throw new UsageError(
    `${flag} ${text}: gains of red and blue must be above 0 and at most ${MOST_COLOUR_GAIN}, for example 1.6,1.8`,
  );
}

/** Reads numbers with commas between them. @throws UsageError that names the flag and `form`, an example. */
export function parseNumbers(flag: string, text: string, count: number, form: string): number[] {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (numbers.length === count && numbers.every(Number.isFinite)) return numbers;
  throw new UsageError(`${flag} ${text}: must be ${count} numbers with commas between them, for example ${form}`);
}

/** Takes a text as it is, unless it is empty. @throws UsageError that names the flag. */
export function parseText(flag: string, text: string): string {
  if (text !== '') return text;
  throw new UsageError(`${flag}: needs a value that is not empty`);
}

/** Whether a text is a note. */
export const isNote = (text: string): boolean => text.length > 0 && text.length <= LONGEST_NOTE;

/** Takes a note as it is. @throws UsageError that names the flag. */
export function parseNote(flag: string, text: string): string {
  if (isNote(text)) return text;
  throw new UsageError(`${flag}: must be a text of 1 to ${LONGEST_NOTE} characters`);
}

/** Whether a text can be part of a folder's name on any system. */
export const isWord = (text: string): boolean => TAKE_WORD.test(text);

/** Reads a word for a folder's name. @throws UsageError that names the flag. */
export function parseWord(flag: string, text: string): string {
  if (isWord(text)) return text;
  throw new UsageError(`${flag} ${text}: must be letters, digits, - and _, 64 at most`);
}

const BITS_PER = new Map([
  ['', 1],
  ['bps', 1],
  ['b', 1],
  ['kbps', 1e3],
  ['k', 1e3],
  ['K', 1e3],
  ['mbps', 1e6],
  ['m', 1e6],
  ['M', 1e6],
]);
/** x264 counts in whole kbit/s; the upper end is FFmpeg's, whose fields for rates hold 31 bits. */
export const BITRATES = { from: 1000, to: 2 ** 31 - 1 };

/**
 * Reads a bitrate such as `10mbps`, in bits a second; 0 leaves it to the encoder.
 * @throws UsageError that names the flag and the suffixes.
 */
export function parseBitrate(flag: string, text: string): number {
  const [, number, suffix = ''] = /^\+?(\d+\.?\d*|\.\d+)([a-zA-Z]*)$/.exec(text.trim()) ?? [];
  const scale = BITS_PER.get(suffix);
  if (number === undefined || scale === undefined) {
    throw new UsageError(
      `${flag} ${text}: not a bitrate; give a number with bps, b, kbps, k, K, mbps, m or M behind it, for example 10mbps`,
    );
  }
  const bits = Math.round(Number(number) * scale);
  if (bits !== 0 && (bits < BITRATES.from || bits > BITRATES.to)) {
    throw new UsageError(`${flag} ${text}: is ${bits} bits a second; give 1kbps to 2147mbps, for example 10mbps`);
  }
  return bits;
}
