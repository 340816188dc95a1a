import { UsageError } from '../../errors.ts';
import { parseNumber, parseNumbers } from '../../options/parse.ts';
import { type FramePhase, parsePhase } from '../../time/rate-grid.ts';

/** The part of a picture, as shares of the whole. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A sensor's mode. */
export interface SensorMode {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly packed: boolean;
}

/** Reads `1`, `0`, `true` or `false`. @throws UsageError that names the flag. */
export function parseSwitch(flag: string, text: string): boolean {
  if (['1', 'true', 'yes', 'on'].includes(text)) return true;
  if (['0', 'false', 'no', 'off'].includes(text)) return false;
  throw new UsageError(`${flag} ${text}: is either on or off; give it alone, or with =1 or =0`);
}

/**
 * Reads x,y,w,h as shares of the whole; undefined for 0,0,0,0, which is all of it.
 * @throws UsageError that names the flag.
 */
export function parseRegion(flag: string, text: string): Region | undefined {
  const form = '0.25,0.25,0.5,0.5';
  const numbers = parseNumbers(flag, text, 4, form);
  if (numbers.every((number) => number === 0)) return undefined;
  const [x, y, width, height] = numbers as [number, number, number, number];
  const slack = 1e-6; // thirds don't add up to 1 as people write them
  const inside = x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= 1 + slack && y + height <= 1 + slack;
  if (inside) return { x, y, width, height };
  throw new UsageError(`${flag} ${text}: must lie within the picture as shares of it, for example ${form}`);
}

/**
 * Reads `1640:1232`, `1640:1232:10` or `1640:1232:10:P`; undefined for an empty one.
 * @throws UsageError that names the flag.
 */
export function parseMode(flag: string, text: string): SensorMode | undefined {
  if (text.trim() === '') return undefined;
  const [, width, height, bits = '12', packing = 'P'] = /^(\d+):(\d+)(?::(\d+))?(?::([PU]))?$/i.exec(text) ?? [];
  if (Number(width) > 0 && Number(height) > 0 && Number(bits) > 0) {
    return {
      width: Number(width),
      height: Number(height),
      bits: Number(bits),
      packed: packing.toUpperCase() === 'P',
    };
  }
  throw new UsageError(
    `${flag} ${text}: must be W:H, W:H:bits or W:H:bits:P (packed) or U (unpacked), for example 1640:1232:10:P`,
  );
}

/** Reads `bf=0;preset=slow`. @throws UsageError that names the flag. */
export function parseKeyValues(flag: string, text: string): Readonly<Record<string, string>> {
  const pairs = text.split(';').filter((pair) => pair.trim() !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, key, value] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
      if (key !== undefined && value !== undefined && value !== '') return [key, value];
      throw new UsageError(
        `${flag} ${text}: "${pair}" is no k=v; give pairs with ; between them, for example 'bf=0;crf=20'`,
      );
    }),
  );
}

/** Levels of H.264 (ITU-T H.264, table A-1). */
const LEVELS = '1 1b 1.1 1.2 1.3 2 2.1 2.2 3 3.1 3.2 4 4.1 4.2 5 5.1 5.2 6 6.1 6.2'.split(' ');

/**
 * Reads an H.264 level such as `4.1`; undefined for an empty one.
 * @throws UsageError that names the flag and the levels.
 */
export function parseLevel(flag: string, text: string): string | undefined {
  if (text === '') return undefined;
  const level = text.replace(/\.0$/, '');
  if (LEVELS.includes(level)) return level;
  throw new UsageError(`${flag} ${text}: no level of H.264; they are ${LEVELS.join(', ')}`);
}

/** Reads the position of a lens in dioptres, or `default`. @throws UsageError that names the flag. */
export function parseLens(flag: string, text: string): number | 'default' {
  if (text === 'default') return text;
  if (/^(\d+\.?\d*|\.\d+)$/.test(text.trim())) return parseNumber(flag, text, 0, 1000);
  throw new UsageError(`${flag} ${text}: must be dioptres (0 is infinity, 2 is half a metre) or default`);
}

/** Reads a part of a frame: `1/4` or `0.25`. @throws UsageError that names the flag. */
export function parsePart(flag: string, text: string): FramePhase {
  const phase = parsePhase(text);
  if (phase !== undefined) return phase;
  throw new UsageError(`${flag} ${text}: must be a part of a frame from 0 up to but not 1, such as 1/4 or 0.25`);
}
