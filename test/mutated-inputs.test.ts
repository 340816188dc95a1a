import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { random } from '../bench/pixel-clock-scene.ts';
import { UsageError } from '../src/errors.ts';
import { openVideo } from '../src/libav/decode.ts';
import { readTake } from '../src/record/take.ts';
import { takePath } from '../src/record/take-path.ts';
import { readFrames } from '../src/verify/read-times.ts';
import { readRepeats, readTimestamps } from '../src/verify/timestamps.ts';
import { clockVideo } from './support/clock-video.ts';
import { filledTake } from './support/filled-take.ts';
import { samples } from './support/thorough.ts';

type Next = () => number;
const FRAMES = 12;
let folder: string;
let video: Buffer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'genlock-mutated-'));
  await clockVideo(join(folder, 'good.mp4'), { frames: FRAMES });
  video = readFileSync(join(folder, 'good.mp4'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const below = (next: Next, most: number): number => Math.floor(next() * most);
const oneOf = <T>(next: Next, values: readonly T[]): T => values[below(next, values.length)] as T;

/** A few changes: bytes set, runs cut out, doubled, or moved, numbers put in, the end cut off. */
function mutated(bytes: Buffer, next: Next, within = bytes.length): Buffer {
  let made = Buffer.from(bytes);
  for (let i = 1 + below(next, 4); i > 0 && made.length > 0; i--) {
    const at = below(next, Math.min(within, made.length));
    const run = 1 + below(next, 24);
    switch (below(next, 5)) {
      case 0:
        made[at] = below(next, 256);
        break;
      case 1:
        made = Buffer.concat([made.subarray(0, at), made.subarray(at + run)]);
        break;
      case 2:
        made = Buffer.concat([made.subarray(0, at + run), made.subarray(at)]);
        break;
      case 3:
        if (at + 4 <= made.length) made.writeUInt32BE(oneOf(next, [0, 1, 7, 0x7fffffff, 0xffffffff, 0x80000000]), at);
        break;
      default:
        if (next() < 0.2) made = made.subarray(0, at);
    }
  }
  return made;
}

/** What stands in a place of a take: of another type, out of all bounds, or a name that leads elsewhere. */
const HOSTILE: readonly unknown[] = [
  ...[null, true, '', '..', '../../evil', '/etc/passwd', 'a\0b', 'x'.repeat(70_000), '\u2028</script>', '__proto__'],
  ...[0, -1, 1e308, -1e308, 2 ** 53, 0.1, [], {}, [[[[]]]], { constructor: { prototype: {} } }],
];

/** One place of a value that was parsed, whichever, changed. */
function withChange(value: unknown, next: Next): unknown {
  if (typeof value !== 'object' || value === null || next() < 0.15) return oneOf(next, HOSTILE);
  if (Array.isArray(value)) {
    const at = below(next, value.length + 1);
    return next() < 0.3 ? [...value, ...value] : value.map((each, i) => (i === at ? withChange(each, next) : each));
  }
  const entries = Object.entries(value);
  const at = below(next, entries.length);
  if (next() < 0.2) return Object.fromEntries(entries.filter((_, i) => i !== at));
  return Object.fromEntries(entries.map(([name, each], i) => [name, i === at ? withChange(each, next) : each]));
}

/** The work is done, or refused in a line that names the file: nothing else is thrown. */
async function doneOrRefused<T>(seed: number, file: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UsageError)) throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
    expect(error.message, `seed ${seed}`).toContain(file);
    expect(error.message.split('\n').length, `seed ${seed}`).toBe(1);
    return undefined;
  }
}

describe('files that were changed at random are read or refused in a line', () => {
  it('take.json: what is read names no file outside of its folder', async () => {
    const good = filledTake(
      () => 'any',
      () => 'key',
    );
    for (let seed = 1; seed <= samples(5000, 300); seed++) {
      const next = random(seed);
      const text = JSON.stringify(withChange(good, next));
      writeFileSync(join(folder, 'take.json'), seed % 4 === 0 ? mutated(Buffer.from(text), next) : text);
      const take = await doneOrRefused(seed, 'take.json', () => readTake(folder));
      for (const camera of take?.cameras ?? []) {
        for (const name of [camera.file, camera.framesCsv]) {
          const path = await doneOrRefused(seed, '', async () => takePath(folder, name));
          if (path !== undefined) expect(path.startsWith(`${folder}/`), `seed ${seed}: ${path}`).toBe(true);
        }
      }
    }
  });

  it('frames.csv: times and repeats are numbers, no more of them than rows', async () => {
    const rows = Array.from({ length: 40 }, (_, i) =>
      [i, i % 7 === 3 ? 'repeated' : 'captured', 5e9 + i * 33_333, i % 7 === 3 ? '' : 1e6 + i * 33_333].join(','),
    );
    const good = Buffer.from(`index,state,wall_clock_us,sensor_us\n${rows.join('\n')}\n`);
    const file = join(folder, 'cam0.frames.csv');
    for (let seed = 1; seed <= samples(5000, 300); seed++) {
      const next = random(seed);
      const bytes = mutated(good, next);
      writeFileSync(file, bytes);
      const most = bytes.toString().split('\n').length;
      for (const clock of ['wall_clock_us', 'sensor_us'] as const) {
        const times = await doneOrRefused(seed, file, () => readTimestamps(file, 33_333, clock));
        expect(times?.timesUs.length ?? 0, `seed ${seed}`).toBeLessThanOrEqual(most);
        for (const us of times?.timesUs ?? [])
          expect(us === undefined || Number.isFinite(us), `seed ${seed}`).toBe(true);
      }
      const repeats = await doneOrRefused(seed, file, () => readRepeats(file));
      for (const slot of repeats ?? []) expect(Number.isSafeInteger(slot), `seed ${seed}: ${slot}`).toBe(true);
    }
  });

  it('MP4: boxes, indices and pictures', async () => {
    const file = join(folder, 'cam0.mp4');
    // The index lies at the beginning or at the end; of pictures there is more.
    const moov = video.indexOf('moov');
    for (let seed = 1; seed <= samples(600, 30); seed++) {
      const next = random(seed);
      const inIndex = next() < 0.7;
      const index = Buffer.concat([video.subarray(0, moov), mutated(video.subarray(moov), next)]);
      writeFileSync(file, inIndex ? index : mutated(video, next));
      const seen = await doneOrRefused(seed, file, () => readFrames(file));
      expect(seen?.readings.length ?? 0, `seed ${seed}`).toBeLessThanOrEqual(40 * FRAMES);
      await doneOrRefused(seed, file, async () => (await openVideo(file)).close());
    }
  });
});
