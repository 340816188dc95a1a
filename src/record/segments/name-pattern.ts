import { OptionError } from '../../errors.ts';
import { isStream } from '../encoders/outputs/address.ts';

export { isStream };

/** What a segment's name can tell. */
export interface NamedSegment {
  /** Counts the segments of a recording, from 0. */
  readonly number: number;
  /** When the segment begins, on the wall clock, us. */
  readonly startUs: number;
}

/** A file name that may hold conversions: `seg%03d.mp4`, `clip-%Y%m%d-%H%M%S.mp4`. */
export interface NamePattern {
  /** As it was given. */
  readonly text: string;
  /** True where segments get names of their own: it holds a counter or a time. */
  readonly varies: boolean;
  /** True where it holds a counter. */
  readonly counts: boolean;
  name(segment: NamedSegment): string;
}

const WEEKDAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const MONTHS = 'January February March April May June July August September October November December'.split(' ');

const two = (value: number): string => String(value).padStart(2, '0');
const name = (names: readonly string[], index: number, length?: number): string =>
  (names[index] ?? '').slice(0, length);
const date = (at: Date): string => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
const time = (at: Date): string => `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;

/** The conversions of strftime (POSIX) that are known here, in local time and the C locale's words. */
const TIMES: Readonly<Record<string, (at: Date) => string>> = {
  Y: (at) => String(at.getFullYear()),
  y: (at) => two(at.getFullYear() % 100),
  m: (at) => two(at.getMonth() + 1),
  d: (at) => two(at.getDate()),
  e: (at) => String(at.getDate()).padStart(2, ' '),
  j: (at) => String(dayOfYear(at)).padStart(3, '0'),
  H: (at) => two(at.getHours()),
  I: (at) => two(((at.getHours() + 11) % 12) + 1),
  p: (at) => (at.getHours() < 12 ? 'AM' : 'PM'),
  M: (at) => two(at.getMinutes()),
  S: (at) => two(at.getSeconds()),
  F: date,
  T: time,
  s: (at) => String(Math.floor(at.getTime() / 1000)),
  b: (at) => name(MONTHS, at.getMonth(), 3),
  B: (at) => name(MONTHS, at.getMonth()),
  a: (at) => name(WEEKDAYS, at.getDay(), 3),
  A: (at) => name(WEEKDAYS, at.getDay()),
};

type Part = (segment: NamedSegment) => string;

/**
 * Reads a file name with conversions. `%d`, `%3d` and `%03d` count segments, as in printf; strftime's conversions are
 * the segment's start time. Beside another of strftime's, a bare `%d` is the day of the month, and the counter is one
 * with a width. `%%` is a percent sign. What is no file (stdout, an address) holds no pattern.
 * @param option The option that it was given to, for messages.
 * @throws OptionError that names a conversion which is not known.
 */
export function parsePattern(option: string, text: string): NamePattern {
  if (isStream(text)) return { text, varies: false, counts: false, name: () => text };
  const found = [...text.matchAll(/%(\d*)(.?)|[^%]+/gsu)].map(([all, width = '', letter]) => ({ all, width, letter }));
  const conversions = found.filter(({ all }) => all.startsWith('%') && all !== '%%');
  const tellsTime = conversions.some(({ width, letter = '' }) => width === '' && letter !== 'd' && letter in TIMES);
  const counts = conversions.some(({ width, letter }) => letter === 'd' && (width !== '' || !tellsTime));

  const parts = found.map(({ all, width, letter = '' }): Part => {
    if (!all.startsWith('%')) return () => all;
    if (all === '%%') return () => '%';
    if (letter === 'd' && (width !== '' || !tellsTime)) {
      const fill = width.startsWith('0') ? '0' : ' ';
      return ({ number }) => String(number).padStart(Number(width), fill);
    }
    const convert = width === '' && Object.hasOwn(TIMES, letter) ? TIMES[letter] : undefined;
    if (convert) return ({ startUs }) => convert(new Date(startUs / 1000));
    throw new OptionError(
      option,
      text,
      `unknown conversion ${all}; %d or %03d counts files, %${Object.keys(TIMES).join(' %')} tell the time, %% is a percent sign`,
    );
  });
  return { text, varies: tellsTime || counts, counts, name: (segment) => parts.map((part) => part(segment)).join('') };
}

/** The pattern that names just this file, whatever its folders are called. */
export const literalPattern = (file: string): string => file.replaceAll('%', '%%');

/** What a literal pattern names. */
export const literalName = (pattern: string): string => pattern.replaceAll('%%', '%');

/** 1 for January 1st. Counted in UTC, where all days are as long. */
function dayOfYear(at: Date): number {
  const midnight = Date.UTC(at.getFullYear(), at.getMonth(), at.getDate());
  return (midnight - Date.UTC(at.getFullYear(), 0, 0)) / 86_400_000;
}
