import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Picture } from '../src/camera/picture.ts';
import { FailureError, UsageError } from '../src/errors.ts';
import { openVideo } from '../src/libav/decode.ts';
import type { VideoEncoder } from '../src/record/encoder.ts';
import { chooseEncoder } from '../src/record/encoders/index.ts';
import { FRAMES_CSV_HEADER, FramesCsv, formatFrameRow } from '../src/record/frames-csv.ts';
import { formatMetadata, MetadataFile } from '../src/record/metadata.ts';
import { Recorder } from '../src/record/recorder.ts';
import { SavePts } from '../src/record/save-pts.ts';
import type { FrameRow, SlotRecord } from '../src/record/slot-record.ts';
import { readMark, testPicture } from './support/pictures.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framelock-recorder-'));
});
afterAll(() => rm(folder, { recursive: true }));

const SIZE = { width: 2, height: 2 };
const picture = (id: number): Picture => ({ ...SIZE, data: new Uint8Array(6).fill(id) });

/** An encoder in memory. While it is held, it takes one picture and keeps the caller waiting. */
class FakeEncoder implements VideoEncoder {
  readonly written: [slot: number, id: number][] = [];
  closed = false;
  failAt = -1;
  #held: Promise<void> | undefined;
  #open: () => void = () => {};

  hold(): void {
    this.#held ??= new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  release(): void {
    this.#held = undefined;
    this.#open();
  }

  async write({ data }: Picture, slot: number): Promise<void> {
    await this.#held;
    if (slot === this.failAt) throw new FailureError('x.mp4: recording stopped: disk full');
    this.written.push([slot, data[0] ?? -1]);
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

function setUp(queueFrames?: number) {
  const encoder = new FakeEncoder();
  const records: SlotRecord<string>[] = [];
  const errors: Error[] = [];
  const recorder = new Recorder<string>(encoder, {
    ...SIZE,
    ...(queueFrames !== undefined && { queueFrames }),
    onSlot: (record) => records.push(record),
    onError: (error) => errors.push(error),
  });
  return { encoder, recorder, records, errors };
}

describe('a recorder', () => {
  test('writes each frame into its slot', async () => {
    const { encoder, recorder, records } = setUp();
    recorder.start(0);
    for (const slot of [0, 1, 2]) expect(recorder.offer(slot, picture(slot + 1), `row ${slot}`)).toBe('queued');
    const summary = await recorder.finish(3);
    expect(encoder.written).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    expect(records.map(({ state, row }) => `${state} ${row}`)).toEqual([
      'captured row 0',
      'captured row 1',
      'captured row 2',
    ]);
    expect(summary).toMatchObject({
      firstSlot: 0,
      endSlot: 3,
      frames: 3,
      captured: 3,
      repeated: 0,
      dropped: 0,
      late: 0,
    });
    expect(encoder.closed).toBe(true);
  });

  test('leaves a dropped frame’s slot to a marked repeat of the frame before', async () => {
    const { encoder, recorder, records } = setUp();
    recorder.offer(0, picture(1), 'a');
    recorder.offer(3, picture(2), 'b');
    await recorder.finish(4);
    expect(encoder.written.map(([, id]) => id)).toEqual([1, 1, 1, 2]);
    expect(records).toEqual([
      { slot: 0, state: 'captured', row: 'a' },
      { slot: 1, state: 'repeated', row: undefined },
      { slot: 2, state: 'repeated', row: undefined },
      { slot: 3, state: 'captured', row: 'b' },
    ]);
  });

  test('never makes its caller wait: what does not fit is dropped and counted', async () => {
    const { encoder, recorder } = setUp(3);
    encoder.hold();
    const outcomes = Array.from({ length: 6 }, (_, slot) => recorder.offer(slot, picture(slot), ''));
    expect(outcomes).toEqual(['queued', 'queued', 'queued', 'dropped', 'dropped', 'dropped']);
    encoder.release();
    const summary = await recorder.finish(6);
    expect(summary).toMatchObject({ captured: 3, repeated: 3, dropped: 3, deepestQueue: 3, queued: 0 });
    expect(encoder.written.map(([, id]) => id)).toEqual([0, 1, 2, 2, 2, 2]);
  });

  test('has room again once the encoder has taken a picture', async () => {
    const { encoder, recorder } = setUp(1);
    encoder.hold();
    expect(recorder.offer(0, picture(1), '')).toBe('queued');
    expect(recorder.offer(1, picture(2), '')).toBe('dropped');
    encoder.release();
    await new Promise(setImmediate);
    expect(recorder.offer(2, picture(3), '')).toBe('queued');
    await recorder.finish(3);
    expect(encoder.written.map(([, id]) => id)).toEqual([1, 1, 3]);
  });

  test('makes a picture only if there is room for it', async () => {
    const { encoder, recorder } = setUp(1);
    encoder.hold();
    let made = 0;
    const lazy = () => {
      made++;
      return picture(made);
    };
    recorder.offer(0, lazy, '');
    recorder.offer(1, lazy, '');
    recorder.offer(0, lazy, '');
    expect(made).toBe(1);
    encoder.release();
    await recorder.finish(2);
  });

  test('ignores and counts a frame for a slot that is already filled', async () => {
    const { encoder, recorder } = setUp();
    recorder.start(5);
    recorder.offer(6, picture(1), '');
    expect(recorder.offer(6, picture(2), '')).toBe('late');
    expect(recorder.offer(4, picture(3), '')).toBe('late');
    expect(await recorder.finish(7)).toMatchObject({ firstSlot: 5, late: 2, captured: 1, repeated: 1 });
    expect(encoder.written[1]).toEqual([6, 1]);
  });

  test('shows the frame before the start where the first slots are missing', async () => {
    const { encoder, recorder, records } = setUp();
    recorder.start(0, () => picture(9));
    recorder.offer(2, picture(1), '');
    expect(await recorder.finish(3)).toMatchObject({ repeated: 2, blank: 0 });
    expect(encoder.written.map(([, id]) => id)).toEqual([9, 9, 1]);
    expect(records[0]?.state).toBe('repeated');
  });

  test('does not make the frame before the start when nothing is missing', async () => {
    const { recorder } = setUp();
    recorder.start(0, () => {
      throw new Error('not needed');
    });
    recorder.offer(0, picture(1), '');
    await expect(recorder.finish(1)).resolves.toMatchObject({ captured: 1 });
  });

  test('shows black, and counts it, where there was no frame at all', async () => {
    const { encoder, recorder } = setUp();
    recorder.start(0);
    recorder.offer(1, picture(1), '');
    expect(await recorder.finish(2)).toMatchObject({ frames: 2, repeated: 1, blank: 1 });
    expect(encoder.written[0]).toEqual([0, 16]);
  });

  test('fills up to the end slot with repeats', async () => {
    const { encoder, recorder } = setUp();
    recorder.offer(0, picture(7), '');
    expect(await recorder.finish(4)).toMatchObject({ frames: 4, endSlot: 4, repeated: 3 });
    expect(encoder.written.map(([slot]) => slot)).toEqual([0, 1, 2, 3]);
  });

  test('leaves out what is queued behind the end slot', async () => {
    const { encoder, recorder } = setUp();
    encoder.hold();
    recorder.offer(0, picture(1), '');
    recorder.offer(4, picture(2), '');
    recorder.offer(5, picture(3), '');
    const finishing = recorder.finish(3);
    encoder.release();
    expect(await finishing).toMatchObject({ frames: 3, endSlot: 3, captured: 1, queued: 0 });
    expect(encoder.written.map(([, id]) => id)).toEqual([1, 1, 1]);
  });

  test('ends a run of repeats that is under way at the end slot', async () => {
    const { encoder, recorder } = setUp();
    encoder.hold();
    recorder.start(0, picture(1));
    recorder.offer(100, picture(2), '');
    const finishing = recorder.finish(3);
    encoder.release();
    expect(await finishing).toMatchObject({ frames: 3, captured: 0, repeated: 3 });
  });

  test('takes nothing after finish, and finishes once', async () => {
    const { recorder } = setUp();
    recorder.offer(0, picture(1), '');
    const first = recorder.finish(1);
    expect(recorder.offer(1, picture(2), '')).toBe('ended');
    expect(recorder.finish(1)).toBe(first);
    expect(await first).toMatchObject({ frames: 1, late: 0, dropped: 0 });
  });

  test('tells once when the encoder fails, drops what follows, and finish throws it', async () => {
    const { encoder, recorder, errors } = setUp();
    encoder.failAt = 1;
    recorder.offer(0, picture(1), '');
    recorder.offer(1, picture(2), '');
    recorder.offer(2, picture(3), '');
    await new Promise(setImmediate);
    expect(errors.map(({ message }) => message)).toEqual(['x.mp4: recording stopped: disk full']);
    expect(recorder.offer(3, picture(4), '')).toBe('dropped');
    await expect(recorder.finish(4)).rejects.toThrow(FailureError);
    expect(encoder.closed).toBe(true);
    expect(encoder.written).toHaveLength(1);
    expect(errors).toHaveLength(1);
  });

  test('whatever comes when, the file has every slot once and in order', async () => {
    const step = fc.record({ advance: fc.integer({ min: -2, max: 4 }), hold: fc.boolean(), turn: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), async (steps, capacity) => {
        const { encoder, recorder, records } = setUp(capacity);
        recorder.start(3);
        let slot = 3;
        let offered = 0;
        let highest = 3;
        for (const { advance, hold, turn } of steps) {
          if (hold) encoder.hold();
          else encoder.release();
          slot = Math.max(0, slot + advance);
          recorder.offer(slot, picture(slot % 200), String(slot));
          offered++;
          highest = Math.max(highest, slot);
          if (turn) await new Promise(setImmediate);
        }
        encoder.release();
        const end = highest + 3;
        const summary = await recorder.finish(end);
        expect(encoder.written.map(([at]) => at)).toEqual(Array.from({ length: summary.endSlot - 3 }, (_, i) => i + 3));
        expect(summary.endSlot).toBe(end);
        expect(summary.captured + summary.dropped + summary.late).toBe(offered);
        expect(summary.frames).toBe(records.length);
        for (const { slot: at, state, row } of records) expect(row).toBe(state === 'captured' ? String(at) : undefined);
      }),
    );
  });

  test('with a real encoder: the pixels of the file are where the records say', async () => {
    const file = join(folder, 'real.mp4');
    const backend = await chooseEncoder();
    const size = { width: 160, height: 120 };
    const encoder = await backend.open({ file, ...size, frameRate: { num: 30, den: 1 } });
    const states: string[] = [];
    const recorder = new Recorder<null>(encoder, {
      ...size,
      queueFrames: 100,
      onSlot: ({ state }) => states.push(state),
    });
    for (const slot of [0, 1, 2, 5, 6, 9]) recorder.offer(slot, testPicture(slot, 160, 120), null);
    await recorder.finish(12);
    const video = await openVideo(file);
    const marks: number[] = [];
    for await (const { luma } of video.frames()) marks.push(readMark(luma));
    await video.close();
    expect(marks).toEqual([0, 1, 2, 2, 2, 5, 6, 6, 6, 9, 9, 9]);
    expect(states.map((state) => state[0]).join('')).toBe('cccrrccrrcrr');
  });
});

const ROW: FrameRow = {
  wallClockUs: 1_795_378_891_376_080 + 0.25,
  sensorUs: 5600135268.556,
  exposureUs: 1000,
  gain: 1.5,
  phaseUs: -0.0001,
  correctionUs: undefined,
};

describe('frames.csv', () => {
  test('has a header and a row a slot; a repeat has no times of its own', async () => {
    const csv = await FramesCsv.open(join(folder, 'a.frames.csv'));
    csv.write({ slot: 0, state: 'captured', row: ROW });
    csv.write({ slot: 1, state: 'repeated', row: undefined });
    await csv.close();
    expect(await readFile(join(folder, 'a.frames.csv'), 'utf8')).toBe(
      `${FRAMES_CSV_HEADER}\n0,1795378891376080.25,5600135268.556,captured,1000,1.5,0,\n1,,,repeated,,,,\n`,
    );
  });

  test('writes at most three decimals', () => {
    const row = { ...ROW, phaseUs: 12.34567, correctionUs: -100.5 };
    expect(formatFrameRow({ slot: 2, state: 'captured', row })).toMatch(/,12\.346,-100\.5$/);
  });

  test('names a file that cannot be written', async () => {
    await expect(FramesCsv.open(join(folder, 'no', 'a.csv'))).rejects.toThrow(/no\/a\.csv: can't be written: folder/);
    await expect(FramesCsv.open(join(folder, 'no', 'a.csv'))).rejects.toThrow(UsageError);
  });

  test.runIf(process.platform === 'linux')('names a file that fills the disk when it is closed', async () => {
    const csv = await FramesCsv.open('/dev/full');
    await expect(csv.close()).rejects.toThrow(/^\/dev\/full: .*no space left/);
  });
});

describe('--save-pts', () => {
  const write = async (name: string, sensorUs: (number | undefined)[]) => {
    const pts = await SavePts.open(join(folder, name), { num: 30, den: 1 });
    for (const [slot, us] of sensorUs.entries()) {
      pts.write({
        slot,
        state: us === undefined ? 'repeated' : 'captured',
        row: us === undefined ? undefined : { sensorUs: us },
      });
    }
    await pts.close();
    return readFile(join(folder, name), 'utf8');
  };

  test('is ms from the first frame on, with three decimals', async () => {
    expect(await write('a.pts', [5_600_135_268.556, 5_600_168_596.252])).toBe('# timecode format v2\n0.000\n33.328\n');
  });

  test('gives a repeat the next nominal time', async () => {
    const lines = (await write('b.pts', [undefined, 1000, undefined, 67_700])).split('\n');
    expect(lines.slice(1, -1)).toEqual(['0.000', '33.333', '66.667', '100.033']);
  });

  test('rises also where a frame comes early behind a repeat', async () => {
    const lines = (await write('c.pts', [0, undefined, 20_000])).split('\n');
    expect(lines.slice(1, -1)).toEqual(['0.000', '33.333', '33.334']);
  });
});

describe('--metadata', () => {
  const FRAME = {
    sensorUs: 6_258_156_730.125,
    wallClockUs: 1_795_379_549_397_541.5,
    exposureUs: 10_397,
    analogueGain: 2,
  };

  test('json is an array with an object a frame, as rpicam-vid writes it', async () => {
    const file = await MetadataFile.open(join(folder, 'm.json'));
    file.write({ ...FRAME, frameDurationUs: 33_327.4, syncReady: true, syncTimerUs: -0.2 });
    file.write({ colourGains: [1.6, 1.8] });
    await file.close();
    const text = await readFile(join(folder, 'm.json'), 'utf8');
    expect(text).toBe(
      [
        '[',
        '{',
        '    "SensorTimestamp": 6258156730125,',
        '    "FrameWallClock": 1795379549397541500,',
        '    "FrameDuration": 33327,',
        '    "ExposureTime": 10397,',
        '    "AnalogueGain": 2.000000,',
        '    "SyncReady": true,',
        '    "SyncTimer": 0',
        '},',
        '{',
        '    "ColourGains": [ 1.600000, 1.800000 ]',
        '}',
        ']',
        '',
      ].join('\n'),
    );
    expect(JSON.parse(text)).toHaveLength(2);
  });

  test('without a frame it is an empty array', async () => {
    const file = await MetadataFile.open(join(folder, 'none.json'));
    await file.close();
    expect(await readFile(join(folder, 'none.json'), 'utf8')).toBe('[\n\n]\n');
  });

  test('txt is a line a value and an empty line a frame', () => {
    expect(formatMetadata(FRAME, 'txt')).toBe(
      'SensorTimestamp=6258156730125\nFrameWallClock=1795379549397541500\nExposureTime=10397\nAnalogueGain=2.000000\n\n',
    );
  });
});
