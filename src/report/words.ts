/* Numbers as the page says them. Between a number and its unit is a space that does not break. */

const SPACE = '\u00a0';
const MINUS = '\u2212';

/** `12.6 µs`, `33.6 ms`; with its sign where wanted: `+3.1 µs`, `−0.4 µs`. */
export function micros(us: number, signed = false): string {
  const size = Math.abs(us);
  const [value, unit] = size < 1000 ? [size, 'µs'] : size < 1e6 ? [size / 1000, 'ms'] : [size / 1e6, 's'];
  const text = value.toFixed(value >= 100 ? 0 : value >= 10 || unit === 'µs' ? 1 : 2).replace(/\.0+$/, '');
  const sign = Number(text) === 0 ? '' : us < 0 ? MINUS : signed ? '+' : '';
  return `${sign}${text}${SPACE}${unit}`;
}

/** The same, and a dash for what is not known. */
export const microsOrNone = (us: number | null | undefined, signed = false): string =>
  us === null || us === undefined ? '–' : micros(us, signed);

/** A whole number in groups of three digits: `108 000`. */
export const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, '\u202f');

/** `1 frame`, `150 frames`. */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)}${SPACE}${value === 1 ? one : many}`;

/** A time from the start of the recording: `12.3 s`, `4:05.0`, `1:02:03.0`. */
export function clockTime(seconds: number): string {
  const sign = seconds < 0 ? MINUS : '';
  const tenths = Math.round(Math.abs(seconds) * 10);
  if (tenths < 600) return `${sign}${(tenths / 10).toFixed(1)}${SPACE}s`;
  const [hours, minutes, rest] = [Math.floor(tenths / 36_000), Math.floor(tenths / 600) % 60, (tenths % 600) / 10];
  const two = (value: number | string): string => String(value).padStart(2, '0');
  const end = `${two(rest.toFixed(1)).padStart(4, '0')}`;
  return hours > 0 ? `${sign}${hours}:${two(minutes)}:${end}` : `${sign}${minutes}:${end}`;
}

/** `a, b and c`. */
export const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

/** A moment: `2026-11-26 01:02:50 UTC`. */
export const utc = (iso: string): string => `${iso.slice(0, 19).replace('T', ' ')} UTC`;
