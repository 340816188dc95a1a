import { describe, expect, it } from 'vitest';
import type { FileTimes } from '../src/verify/file-times.ts';
import { fingerprint, samePictures } from '../src/verify/same-pictures.ts';

const PERIOD_US = 1e6 / 30;
const file = (name: string, pictures: string[], more: Partial<FileTimes> = {}): FileTimes => ({
  ...{ file: name, frames: pictures.length, firstSlot: 0, periodUs: PERIOD_US, pictures },
  timesUs: pictures.map((_, i) => 5e6 + i * PERIOD_US),
  ...more,
});
const names = (prefix: string, from: number, count: number) =>
  Array.from({ length: count }, (_, i) => `${prefix}${from + i}`);

describe('two files', () => {
  it('that hold the same pictures are one recording twice', () => {
    expect(samePictures([file('a', names('p', 0, 20)), file('b', names('p', 0, 20))])).toEqual([
      'a and b: hold the same pictures, bit for bit: one recording twice proves nothing',
    ]);
    expect(samePictures([file('a', names('p', 0, 20)), file('b', names('q', 0, 20))])).toEqual([]);
    expect(samePictures([file('a', [], { pictures: undefined as never }), file('b', [])])).toEqual([]);
  });

  it('that hold some of the same pictures are told, at other frames too', () => {
    const b = file('b', [...names('q', 0, 10), ...names('p', 0, 10)]);
    expect(samePictures([file('a', names('p', 0, 20)), b])[0]).toContain('hold the same picture in 10 frames');
  });

  it('may be black in the same frames', () => {
    const timesUs = Array.from({ length: 20 }, (_, i) => (i < 5 ? undefined : 5e6 + i * PERIOD_US));
    const black = (name: string) => file(name, [...new Array(5).fill('black'), ...names(name, 5, 15)], { timesUs });
    expect(samePictures([black('a'), black('b')])).toEqual([]);
  });
});

it('a picture is told from one that differs in noise, by its size and whatever lies behind its rows', () => {
  const noise = (seed: number) =>
    Uint8Array.from({ length: 64 * 48 }, (_, i) => 100 + ((Math.imul(i + seed, 2654435761) >>> 13) & 7));
  const of = (data: Uint8Array, width = 64, stride = 64) => fingerprint({ data, width, height: 48, stride });
  expect(of(noise(1))).toBe(of(noise(1)));
  expect(of(noise(1))).not.toBe(of(noise(2)));
  const wide = new Uint8Array(80 * 48);
  for (let y = 0; y < 48; y++) wide.set(noise(1).subarray(y * 64, (y + 1) * 64), y * 80);
  expect(of(wide, 64, 80)).toBe(of(noise(1)));
});
