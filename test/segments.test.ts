import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Picture } from '../src/camera/picture.ts';
import { FailureError, UsageError } from '../src/errors.ts';
import type { Encoder } from '../src/record/encoder.ts';
import { parsePattern } from '../src/record/segments/name-pattern.ts';
import { SegmentNames } from '../src/record/segments/segment-names.ts';
import { SegmentPlan, segmentFrames } from '../src/record/segments/segment-plan.ts';
import { type RowFile, SegmentText } from '../src/record/segments/segment-text.ts';
import { SegmentedEncoder, type SegmentFile } from '../src/record/segments/segmented.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-segments-'));
});
afterAll(() => rm(folder, { recursive: true }));

const THIRTY = { num: 30, den: 1 };
const PERIOD_US = 1e6 / 30;
/** 2026-03-05 07:08:09 local time, us. */
const START_US = new Date(2026, 2, 5, 7, 8, 9).getTime() * 1000;
const names = (text: string, wrap?: number) => new SegmentNames(parsePattern('--output', text), wrap);
const segment = (number: number, startUs = START_US) => ({ number, position: 0, startUs });

describe('a name pattern', () => {
  const name = (text: string, number = 7, startUs = START_US) =>
    parsePattern('--output', text).name({ number, startUs });

  test.each([
    ['a.mp4', 'a.mp4'],
    ['seg%d.h264', 'seg7.h264'],
    ['seg%03d.h264', 'seg007.h264'],
    ['seg%3d.h264', 'seg  7.h264'],
    ['100%%.mp4', '100%.mp4'],
    ['%d%%d.mp4', '7%d.mp4'],
    ['clip-%Y%m%d-%H%M%S.mp4', 'clip-20260305-070809.mp4'],
    ['%F_%T_%03d', '2026-03-05_07:08:09_007'],
    ['%a %A %b %B %e %j %y %I %p', 'Thu Thursday Mar March  5 064 26 07 AM'],
    ['%s', String(START_US / 1e6)],
    ['-', '-'],
    ['udp://host:5000?a=%20', 'udp://host:5000?a=%20'],
  ])('%s names %s', (pattern, expected) => {
    expect(name(pattern)).toBe(expected);
  });

  test('tells noon and midnight as people do', () => {
    const at = (hour: number) => new Date(2026, 11, 31, hour).getTime() * 1000;
    expect([name('%I%p', 0, at(0)), name('%I%p', 0, at(12)), name('%I%p', 0, at(23))]).toEqual([
      '12AM',
      '12PM',
      '11PM',
    ]);
    expect(name('%j', 0, at(1))).toBe('365');
  });

  test.each(['a%q.mp4', 'a%', 'a%05Y', 'a%-d.mp4'])('refuses %s, and names the conversion', (pattern) => {
    expect(() => name(pattern)).toThrow(UsageError);
    expect(() => name(pattern)).toThrow(`--output ${pattern}: unknown conversion ${pattern.slice(1, 3)}`);
  });

  test('says whether segments get names of their own', () => {
    const varies = (text: string) => parsePattern('--output', text).varies;
    expect(['a.mp4', '100%%.mp4', '-', 'tcp://a%d'].map(varies)).toEqual([false, false, false, false]);
    expect(['a%d', '%02d', '%H'].map(varies)).toEqual([true, true, true]);
  });
});

describe('names of segments', () => {
  test('without a pattern all but the first are numbered before the ending', () => {
    const given = names('out/a.b.mp4');
    expect([0, 1, 2].map((number) => given.name(segment(number)))).toEqual([
      'out/a.b.mp4',
      'out/a.b-1.mp4',
      'out/a.b-2.mp4',
    ]);
  });

  test('two in one second get two names, and the same segment keeps its own', () => {
    const given = names('%H%M%S.mp4');
    const both = [segment(4), segment(5, START_US + 500_000)].map((each) => given.name(each));
    expect(both).toEqual(['070809.mp4', '070809-5.mp4']);
    expect(given.name(segment(4))).toBe('070809.mp4');
    expect(given.name(segment(5, START_US + 500_000))).toBe('070809-5.mp4');
  });

  test('with wrap the counter starts again, and files are written anew', () => {
    const given = names('seg%d.mp4', 3);
    expect([0, 1, 2, 3, 4].map((number) => given.name(segment(number)))).toEqual([
      'seg0.mp4',
      'seg1.mp4',
      'seg2.mp4',
      'seg0.mp4',
      'seg1.mp4',
    ]);
  });

  test('wrap never makes times collide', () => {
    const given = names('%H%M%S.mp4', 2);
    const all = [0, 2, 4].map((number) => given.name(segment(number)));
    expect(new Set(all).size).toBe(3);
  });

  test('a name that is given back is free', () => {
    const given = names('%H%M%S.mp4');
    given.name(segment(1));
    given.release(segment(1));
    expect(given.name(segment(2))).toBe('070809.mp4');
  });

  test('without wrap no segment ever has the name of another', () => {
    const text = fc.constantFrom('a.mp4', 'a-1.mp4', '%S.mp4', '%S-%01d', '%M%M.mp4', 'x%d');
    fc.assert(
      fc.property(text, fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 12 }), (pattern, seconds) => {
        const given = names(pattern);
        const all = seconds.map((second, number) => given.name(segment(number, START_US + second * 1e6)));
        expect(new Set(all).size).toBe(all.length);
      }),
    );
  });
});

describe('a segment plan', () => {
  const plan = (everyFrames?: number) =>
    new SegmentPlan({ everyFrames, wallUs: (position) => START_US + position * PERIOD_US });

  test('a segment lasts its time at the nominal rate', () => {
    expect(segmentFrames(2000, THIRTY)).toBe(60);
    expect(segmentFrames(2000, { num: 30_000, den: 1001 })).toBe(60);
    expect(segmentFrames(1, THIRTY)).toBe(1);
  });

  test('without segments and cuts there is one segment', () => {
    expect(plan().at(1e9)).toMatchObject({ number: 0, position: 0, startUs: START_US });
    expect(plan().next(0)).toBeUndefined();
  });

  test('segments follow the grid, also for who looks at a later position first', () => {
    expect(plan(60).at(150)).toMatchObject({ number: 2, position: 120, startUs: START_US + 4e6 });
    expect(plan(60).next(150)).toBe(180);
    expect(plan(60).next(59)).toBe(60);
  });

  test('a cut begins a segment, and the grid starts again from there', () => {
    const segments = plan(60);
    segments.cut(100);
    segments.cut(100);
    const seen = [0, 59, 60, 99, 100, 159, 160].map((position) => segments.at(position));
    expect(seen.map(({ number }) => number)).toEqual([0, 0, 1, 1, 2, 2, 3]);
    expect(seen.map(({ position }) => position)).toEqual([0, 0, 60, 60, 100, 100, 160]);
    expect([segments.next(70), segments.next(100)]).toEqual([100, 160]);
  });

  test('a cut on the grid, or before the first frame, is no segment more', () => {
    const segments = plan(60);
    segments.cut(0);
    segments.cut(120);
    expect([119, 120, 180].map((position) => segments.at(position).number)).toEqual([1, 2, 3]);
  });

  test('without gaps: each position is in the segment that began last before it, and numbers rise by one', () => {
    const cuts = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 6 });
    const every = fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined });
    fc.assert(
      fc.property(cuts, every, (positions, everyFrames) => {
        const segments = plan(everyFrames);
        for (const position of positions) segments.cut(position);
        for (let position = 0; position < 80; position++) {
          const [before, here] = [segments.at(position), segments.at(position + 1)];
          const begins = here.position === position + 1;
          expect(here.number - before.number).toBe(begins ? 1 : 0);
          expect(segments.next(position) === position + 1).toBe(begins);
        }
      }),
    );
  });

  test('a start time once told stays, unless a pause makes it wrong', () => {
    let shiftUs = 0;
    const segments = new SegmentPlan({ everyFrames: 10, wallUs: () => START_US + shiftUs });
    segments.at(10);
    shiftUs = 20;
    expect(segments.at(10).startUs).toBe(START_US);
    shiftUs = 9e6;
    expect(segments.at(10).startUs).toBe(START_US + 9e6);
  });
});

/** Encoders whose files hold `slot:picture` words. They can be kept from closing, and fail where they are told to. */
class FakeBackend implements Encoder {
  readonly name = 'node-av';
  readonly log: string[] = [];
  failing = '';
  closing: Promise<void> = Promise.resolve();
  unavailable = async () => undefined;
  check = async () => {};

  readonly open: Encoder['open'] = async ({ file }) => {
    const at = basename(file);
    this.log.push(`open ${at}`);
    if (this.failing === `open ${at}`) throw new UsageError(`${at}: can't be written: no reason`);
    await writeFile(file, '');
    const words: string[] = [];
    return {
      write: async ({ data }: Picture, slot: number) => {
        if (this.failing === `write ${at}`) throw new FailureError(`${at}: disk full`);
        words.push(`${slot}:${data[0]}`);
      },
      close: async () => {
        await this.closing;
        this.log.push(`close ${at}`);
        if (this.failing === `close ${at}`) throw new FailureError(`${at}: disk full`);
        await writeFile(file, words.join(' '));
      },
    };
  };
}

const tiny = (id: number): Picture => ({ width: 2, height: 2, data: new Uint8Array(6).fill(id) });

describe('a recording in segments', () => {
  let place = '';
  beforeEach(async () => {
    place = await mkdtemp(join(folder, 'run-'));
  });
  afterEach(() => rm(place, { recursive: true }));

  async function setUp(pattern: string, everyFrames?: number, wrap?: number) {
    const backend = new FakeBackend();
    const plan = new SegmentPlan({ everyFrames, wallUs: (position) => START_US + position * PERIOD_US });
    const finished: SegmentFile[] = [];
    const begun: number[] = [];
    const encoder = await SegmentedEncoder.open({
      backend,
      encoder: { width: 2, height: 2, frameRate: THIRTY },
      plan,
      names: names(join(place, pattern), wrap),
      onBegun: ({ number }) => begun.push(number),
      onFinished: (each) => finished.push(each),
    });
    const write = async (from: number, to: number) => {
      for (let position = from; position < to; position++) await encoder.write(tiny(position), position);
    };
    return { backend, plan, encoder, finished, begun, write };
  }

  const files = async () => {
    const all = (await readdir(place)).sort();
    const content: Record<string, string> = {};
    for (const file of all) content[file] = await readFile(join(place, file), 'utf8');
    return content;
  };

  test('has a file a segment, whose slots count from 0, and none that is empty', async () => {
    const { encoder, write, finished, begun } = await setUp('seg%02d.x', 3);
    await write(0, 6);
    await encoder.close();
    expect(await files()).toEqual({ 'seg00.x': '0:0 1:1 2:2', 'seg01.x': '0:3 1:4 2:5' });
    expect(begun).toEqual([0, 1]);
    expect(finished).toEqual([
      { number: 0, file: join(place, 'seg00.x'), firstPosition: 0, firstSlot: 0, frames: 3 },
      { number: 1, file: join(place, 'seg01.x'), firstPosition: 3, firstSlot: 0, frames: 3 },
    ]);
  });

  test('one that joins late has the segments, and the slots in them, that all have', async () => {
    const { encoder, write, finished } = await setUp('seg%d.x', 10);
    await write(24, 32);
    await encoder.close();
    expect(await files()).toEqual({ 'seg2.x': '4:24 5:25 6:26 7:27 8:28 9:29', 'seg3.x': '0:30 1:31' });
    expect(finished[0]).toMatchObject({ number: 2, firstPosition: 24, firstSlot: 4, frames: 6 });
  });

  test('opens the next segment ahead of its first frame', async () => {
    const { backend, encoder, write } = await setUp('seg%d.x', 100);
    await write(0, 70);
    expect(backend.log).toEqual(['open seg0.x']);
    await write(70, 71);
    await expect.poll(() => backend.log).toEqual(['open seg0.x', 'open seg1.x']);
    await encoder.close();
    expect(Object.keys(await files())).toEqual(['seg0.x']);
  });

  test('goes on while the last segment is still closing', async () => {
    const { backend, encoder, write } = await setUp('seg%d.x', 2);
    let release = () => {};
    backend.closing = new Promise((resolve) => {
      release = resolve;
    });
    await write(0, 5);
    expect(backend.log.filter((line) => line.startsWith('close'))).toEqual([]);
    release();
    await encoder.close();
    expect(Object.keys(await files())).toEqual(['seg0.x', 'seg1.x', 'seg2.x']);
  });

  test('begins a segment at a cut that comes to be known before the next segment', async () => {
    const { plan, encoder, write } = await setUp('seg%d.x', 6);
    await write(0, 3);
    plan.cut(4);
    await write(3, 11);
    await encoder.close();
    expect(await files()).toEqual({
      'seg0.x': '0:0 1:1 2:2 3:3',
      'seg1.x': '0:4 1:5 2:6 3:7 4:8 5:9',
      'seg2.x': '0:10',
    });
  });

  test('a cut that overtakes a segment with a time in its name leaves no file of that', async () => {
    const { plan, encoder, write } = await setUp('%H%M%S.x', 60);
    await write(0, 40);
    plan.cut(45);
    await write(40, 46);
    await encoder.close();
    expect(Object.keys(await files())).toEqual(['070809.x', '070810.x']);
  });

  test('a wrapped name waits until its file is closed, and is written anew', async () => {
    const { encoder, write } = await setUp('seg%d.x', 2, 1);
    await write(0, 5);
    await encoder.close();
    expect(await files()).toEqual({ 'seg0.x': '0:4' });
  });

  test('what fails in the background shows in the next frame, and in close', async () => {
    const { backend, encoder, write } = await setUp('seg%d.x', 2);
    backend.failing = 'close seg0.x';
    await write(0, 3);
    await new Promise(setImmediate);
    await expect(encoder.write(tiny(3), 3)).rejects.toThrow('seg0.x: disk full');
    await expect(encoder.close()).rejects.toThrow('seg0.x: disk full');
    expect((await files())['seg1.x']).toBe('0:2');
  });

  test('a next segment that can not be opened fails when it is due, not before', async () => {
    const { backend, encoder, write } = await setUp('seg%d.x', 3);
    backend.failing = 'open seg1.x';
    await write(0, 3);
    await expect(encoder.write(tiny(3), 3)).rejects.toThrow(/seg1\.x: can't be written/);
    await encoder.close();
    expect(await files()).toEqual({ 'seg0.x': '0:0 1:1 2:2' });
  });

  test('without a frame it leaves no file', async () => {
    const { encoder } = await setUp('a.x');
    await encoder.close();
    expect(await files()).toEqual({});
  });

  test('the oldest file of those that wrap stays until the next segment has a frame', async () => {
    const { backend, encoder, write } = await setUp('seg%d.x', 2, 3);
    await write(0, 6);
    await expect.poll(() => backend.log.filter((line) => line === 'open seg0.x')).toHaveLength(2);
    await encoder.close();
    expect(await files()).toEqual({ 'seg0.x': '0:0 1:1', 'seg1.x': '0:2 1:3', 'seg2.x': '0:4 1:5' });
    const again = await setUp('seg%d.x', 2, 3);
    await again.write(0, 1);
    await again.encoder.close();
    expect(await files()).toEqual({ 'seg0.x': '0:0', 'seg1.x': '0:2 1:3', 'seg2.x': '0:4 1:5' });
  });

  test('a recording without a frame, or whose first frame fails, leaves what was there', async () => {
    await writeFile(join(place, 'a.x'), 'precious');
    const { encoder } = await setUp('a.x');
    await encoder.close();
    expect(await files()).toEqual({ 'a.x': 'precious' });
    const failing = await setUp('a.x');
    failing.backend.failing = 'write a.x';
    await expect(failing.write(0, 1)).rejects.toThrow('a.x: disk full');
    await failing.encoder.close();
    expect(await files()).toEqual({ 'a.x': 'precious' });
  });

  test('what was in the place of a segment that can not be opened is there again', async () => {
    await writeFile(join(place, 'seg1.x'), 'precious');
    const { backend, encoder, write } = await setUp('seg%d.x', 3);
    backend.failing = 'open seg1.x';
    await write(0, 3);
    await encoder.close();
    expect(await files()).toEqual({ 'seg0.x': '0:0 1:1 2:2', 'seg1.x': 'precious' });
  });

  test('a file that can not be set aside is not touched before its segment is due', async () => {
    // There is no room for another name behind it: 255 bytes are the most.
    const long = 'x'.repeat(250);
    const [first, second] = ['0', '1'].map((number) => `${long}${number}`) as [string, string];
    await writeFile(join(place, first), 'first');
    await writeFile(join(place, second), 'second');
    const { backend, encoder, write } = await setUp(`${long}%d`, 3);
    expect(backend.log).toEqual([]);
    await write(0, 3);
    await new Promise(setImmediate);
    expect(await files()).toMatchObject({ [second]: 'second' });
    await write(3, 4);
    await encoder.close();
    expect(await files()).toEqual({ [first]: '0:0 1:1 2:2', [second]: '0:3' });
  });

  test('whatever the segments and cuts, every position is in one file, in order', async () => {
    const cut = fc.record({ at: fc.integer({ min: 0, max: 40 }), known: fc.integer({ min: 0, max: 40 }) });
    const every = fc.option(fc.integer({ min: 1, max: 15 }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(fc.array(cut, { maxLength: 4 }), every, async (cuts, everyFrames) => {
        await rm(place, { recursive: true });
        place = await mkdtemp(join(folder, 'run-'));
        const { plan, encoder, write, finished } = await setUp('seg%02d.x', everyFrames);
        for (let position = 0; position < 45; position++) {
          // Only a cut that lies ahead can be known: the place of frames already written does not change.
          for (const { at, known } of cuts) if (known === position && at >= position) plan.cut(at);
          await write(position, position + 1);
        }
        await encoder.close();
        const content = await files();
        const words = Object.values(content).flatMap((text) => text.split(' '));
        expect(words.map((word) => Number(word.split(':')[1]))).toEqual(Array.from({ length: 45 }, (_, i) => i));
        for (const { file, firstPosition, frames } of finished) {
          const slots = Array.from({ length: frames }, (_, i) => `${i}:${firstPosition + i}`);
          expect(content[basename(file)]).toBe(slots.join(' '));
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('texts in segments', () => {
  const setUp = (pattern: string) => {
    const log: string[] = [];
    const open = async (file: string): Promise<RowFile<string>> => {
      log.push(`open ${basename(file)}`);
      await writeFile(file, '');
      return {
        write: (row) => log.push(`${basename(file)}: ${row}`),
        close: async () => void log.push(`close ${basename(file)}`),
      };
    };
    return { log, text: new SegmentText<string>(names(join(folder, pattern)), open) };
  };

  test('have a file a segment where the name has a pattern', async () => {
    const { log, text } = setUp('m%d.txt');
    await text.open(segment(0));
    text.write('a', segment(0));
    text.write('b', segment(1));
    text.write('c', segment(1));
    await text.close();
    expect(log.filter((line) => /^m/.test(line))).toEqual(['m0.txt: a', 'm1.txt: b', 'm1.txt: c']);
    expect(log.filter((line) => !/^m/.test(line))).toEqual([
      'open m0.txt',
      'close m0.txt',
      'open m1.txt',
      'close m1.txt',
    ]);
  });

  test('are one file over all segments where it has none', async () => {
    const { log, text } = setUp('one.txt');
    text.write('a', segment(3));
    text.write('b', segment(4));
    await text.close();
    expect(log).toEqual(['open one.txt', 'one.txt: a', 'one.txt: b', 'close one.txt']);
  });

  test('leave no file without a row', async () => {
    const { text } = setUp('unused%d.txt');
    await text.open(segment(0));
    text.write('late', segment(2));
    await text.close();
    expect((await readdir(folder)).filter((file) => file.startsWith('unused'))).toEqual(['unused2.txt']);
  });

  test('leave what was there where there is no row, and replace it where there is one', async () => {
    const place = async (name: string) => {
      await writeFile(join(folder, name), 'precious');
      const { text } = setUp(name);
      await text.open(segment(0));
      return text;
    };
    await (await place('kept.txt')).close();
    const replaced = await place('replaced.txt');
    replaced.write('row', segment(0));
    await replaced.close();
    const content = (name: string) => readFile(join(folder, name), 'utf8');
    expect([await content('kept.txt'), await content('replaced.txt')]).toEqual(['precious', '']);
    expect((await readdir(folder)).filter((file) => file.includes('previous'))).toEqual([]);
  });

  test('a file that can not be opened shows in close, and nothing is thrown at who writes', async () => {
    const failing = new SegmentText<string>(names('%d.txt'), async (file) => {
      throw new UsageError(`${file}: can't be written`);
    });
    failing.write('a', segment(0));
    failing.write('b', segment(1));
    await expect(failing.close()).rejects.toThrow("0.txt: can't be written");
  });
});
