import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Picture } from '../src/camera/picture.ts';
import { FailureError } from '../src/errors.ts';
import { openVideo } from '../src/libav/decode.ts';
import type { VideoEncoder } from '../src/record/encoder.ts';
import { chooseBackend } from '../src/record/encoders/ways.ts';
import { queueFramesFor, Recorder } from '../src/record/recorder.ts';
import type { FrameRow, SlotRecord } from '../src/record/slot-record.ts';
import { readMark, testPicture } from './support/pictures.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-recorder-'));
});
afterAll(() => rm(folder, { recursive: true }));

const SIZE = { width: 2, height: 2 };
const picture = (id: number): Picture => ({ ...SIZE, data: new Uint8Array(6).fill(id) });

/** An encoder in memory. While it is held, it takes one picture and keeps the caller waiting. */
class FakeEncoder implements VideoEncoder {
  readonly written: [slot: number, id: number][] = [];
  closed = false;
  failAt = -1;
  private held: Promise<void> | undefined;
  private open: () => void = () => {};

  hold(): void {
    this.held ??= new Promise((resolve) => {
      this.open = resolve;
    });
  }

  release(): void {
    this.held = undefined;
    this.open();
  }

  async write({ data }: Picture, slot: number): Promise<void> {
    await this.held;
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
      { slot: 1, state: 'repeated', cause: 'missed', row: undefined },
      { slot: 2, state: 'repeated', cause: 'missed', row: undefined },
      { slot: 3, state: 'captured', row: 'b' },
    ]);
  });

  test('never makes its caller wait: what does not fit is dropped and counted', async () => {
    const { encoder, recorder, records } = setUp(3);
    encoder.hold();
    const outcomes = Array.from({ length: 6 }, (_, slot) => recorder.offer(slot, picture(slot), ''));
    expect(outcomes).toEqual(['queued', 'queued', 'queued', 'dropped', 'dropped', 'dropped']);
    encoder.release();
    const summary = await recorder.finish(6);
    expect(summary).toMatchObject({ captured: 3, repeated: 3, dropped: 3, deepestQueue: 3, queued: 0 });
    expect(encoder.written.map(([, id]) => id)).toEqual([0, 1, 2, 2, 2, 2]);
    expect(records.map(({ cause }) => cause)).toEqual([...Array(3), ...Array(3).fill('overload')]);
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

  test('fills slots that get no frame any more at once, where it is told', async () => {
    const { encoder, recorder } = setUp();
    recorder.start(0);
    recorder.offer(0, picture(7), 'a');
    recorder.fill(3);
    recorder.fill(2);
    await expect
      .poll(() => encoder.written.map(([slot, id]) => [slot, id]))
      .toEqual([
        [0, 7],
        [1, 7],
        [2, 7],
      ]);
    recorder.offer(3, picture(8), 'b');
    expect(await recorder.finish(4)).toMatchObject({ frames: 4, captured: 2, repeated: 2 });
  });

  test.each([
    [640, 480, 60],
    [1280, 720, 48],
    [1920, 1080, 21],
    [3840, 2160, 12],
    [2, 2, 60],
  ])('has room for so many pictures of %ix%i: %i', (width, height, room) => {
    expect(queueFramesFor(width, height)).toBe(room);
    const recorder = new Recorder(new FakeEncoder(), { width, height });
    recorder.start(0);
    const same = { width, height, data: new Uint8Array(6) };
    const offered = Array.from({ length: room + 2 }, (_, slot) => recorder.offer(slot, same, {} as FrameRow));
    expect(offered.indexOf('dropped')).toBe(room);
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
    const backend = await chooseBackend();
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
