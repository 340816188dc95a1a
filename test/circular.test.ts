import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Picture } from '../src/camera/picture.ts';
import { FailureError, UsageError } from '../src/errors.ts';
import type { Encoder, EncoderOptions } from '../src/record/encoder.ts';
import { CircularEncoder } from '../src/record/segments/circular.ts';
import { CircularBuffer } from '../src/record/segments/circular-buffer.ts';
import { saveUnits } from '../src/record/segments/save-units.ts';
import { unitSplitter } from '../src/record/segments/stream-units.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-circular-'));
});
afterAll(() => rm(folder, { recursive: true }));

const SIZE = { width: 2, height: 2, frameRate: { num: 30, den: 1 } };
const tiny = (id: number): Picture => ({ width: 2, height: 2, data: new Uint8Array(6).fill(id) });

describe('a circular buffer', () => {
  const unit = (keyframe: boolean, bytes: number, id = 0) => ({ keyframe, bytes: new Uint8Array(bytes).fill(id) });

  test('drops whole groups of pictures from the front', () => {
    const buffer = new CircularBuffer(100, 5);
    for (let i = 0; i < 12; i++) buffer.push(unit(i % 4 === 0, 10, i));
    // 120 bytes are too much: the group of 5 to 8 goes.
    expect(buffer.bytes).toBe(80);
    const { firstPosition, units } = buffer.before(16);
    expect(firstPosition).toBe(9);
    expect(units.map((bytes) => bytes[0])).toEqual([4, 5, 6, 7, 8, 9, 10]);
  });

  test('keeps the newest group, also where that alone is too much', () => {
    const buffer = new CircularBuffer(15, 0);
    for (let i = 0; i < 5; i++) buffer.push(unit(i === 0, 10));
    expect(buffer.before(5)).toMatchObject({ firstPosition: 0, units: { length: 5 } });
    buffer.push(unit(true, 10));
    expect(buffer.before(6)).toMatchObject({ firstPosition: 5, units: { length: 1 } });
  });

  test('has nothing before the first keyframe', () => {
    const buffer = new CircularBuffer(100, 0);
    buffer.push(unit(false, 10));
    expect(buffer.before(1).units).toEqual([]);
    buffer.push(unit(true, 10));
    expect(buffer.before(2)).toMatchObject({ firstPosition: 1, units: { length: 1 } });
  });

  test('begins with a keyframe, has no gap, ends with the newest, and holds no more than it may', () => {
    const units = fc.array(fc.record({ keyframe: fc.boolean(), bytes: fc.integer({ min: 1, max: 60 }) }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(units, fc.integer({ min: 0, max: 200 }), (given, limit) => {
        const buffer = new CircularBuffer(limit, 0);
        for (const [i, { keyframe, bytes }] of given.entries()) {
          buffer.push(unit(keyframe, bytes, i));
          const { firstPosition, units: kept } = buffer.before(buffer.end);
          expect(kept.map((each) => each[0])).toEqual(
            Array.from({ length: i + 1 - firstPosition }, (_, k) => firstPosition + k),
          );
          if (kept.length > 0) expect(given[firstPosition]?.keyframe).toBe(true);
          expect(buffer.bytes).toBe(kept.reduce((sum, each) => sum + each.length, 0));
          const oneGroup = !given.slice(firstPosition + 1, i + 1).some((each) => each.keyframe);
          expect(buffer.bytes <= limit || oneGroup).toBe(true);
        }
      }),
    );
  });
});

describe('a stream of pictures', () => {
  const jpeg = (id: number) => Uint8Array.of(0xff, 0xd8, id, 0xff, 0, 0xd9, id, 0xff, 0xd9);
  const cut = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 });

  test.each([
    ['mjpeg', [1, 2, 3].map(jpeg)],
    ['yuv420', [1, 2, 3].map((id) => new Uint8Array(6).fill(id))],
  ] as const)('of %s is cut into them however it comes', (codec, pictures) => {
    const stream = Buffer.concat(pictures);
    fc.assert(
      fc.property(cut, (sizes) => {
        const splitter = unitSplitter({ ...SIZE, codec });
        const found: Uint8Array[] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = sizes[i % sizes.length] ?? 1;
          // A pipe reuses its memory.
          const chunk = Uint8Array.from(stream.subarray(at, at + size));
          found.push(...splitter.push(chunk).map(({ bytes }) => bytes));
          chunk.fill(0);
          at += size;
        }
        expect([...found, ...splitter.end()].map((bytes) => [...(bytes as Uint8Array)])).toEqual(
          pictures.map((picture) => [...picture]),
        );
      }),
    );
  });
});

/** Sends raw pictures on, each when so many more have been written. */
class DelayingBackend implements Encoder {
  readonly name = 'node-av';
  readonly delay: number;
  failAt = -1;
  failOpening = false;
  opened = 0;
  unavailable = async () => undefined;
  check = async () => {};

  constructor(delay: number) {
    this.delay = delay;
  }

  readonly open: Encoder['open'] = async ({ sink }) => {
    if (this.failOpening) throw new FailureError('a.yuv: no encoder');
    this.opened++;
    const held: Uint8Array[] = [];
    return {
      write: async ({ data }, slot) => {
        if (slot === this.failAt) throw new FailureError('a.yuv: broken');
        held.push(data);
        if (held.length > this.delay) sink?.(held.shift() ?? new Uint8Array());
      },
      close: async () => {
        for (const data of held) sink?.(data);
      },
    };
  };
}

describe('a circular recording', () => {
  const setUp = async (bytes: number, delay = 0) => {
    const backend = new DelayingBackend(delay);
    const encoder = await CircularEncoder.open({
      backend,
      encoder: { ...SIZE, codec: 'yuv420', file: join(folder, 'a.yuv') },
      bytes,
    });
    const write = async (from: number, to: number) => {
      for (let position = from; position < to; position++) await encoder.write(tiny(position), position);
    };
    return { backend, encoder, write };
  };
  const ids = async (file: string) => {
    const bytes = await readFile(file);
    return Array.from({ length: bytes.length / 6 }, (_, i) => bytes[6 * i]);
  };

  test('is saved again and again, and goes on', async () => {
    const { encoder, write } = await setUp(24);
    await write(0, 6);
    const first = join(folder, 'first.yuv');
    const second = join(folder, 'second.yuv');
    expect(await encoder.save(first)).toEqual({ file: first, firstPosition: 2, frames: 4 });
    await write(6, 8);
    expect(await encoder.save(second)).toEqual({ file: second, firstPosition: 4, frames: 4 });
    await encoder.close();
    expect([await ids(first), await ids(second)]).toEqual([
      [2, 3, 4, 5],
      [4, 5, 6, 7],
    ]);
  });

  test('a save up to a frame waits until that has come out of the encoder, and has none behind it', async () => {
    const { encoder, write } = await setUp(60, 3);
    await write(0, 4);
    const file = join(folder, 'waits.yuv');
    let done = false;
    const saving = encoder.save(file, 6).finally(() => {
      done = true;
    });
    await write(4, 8);
    await new Promise(setImmediate);
    expect(done).toBe(false);
    await write(8, 10);
    expect(await saving).toMatchObject({ firstPosition: 0, frames: 6 });
    expect(await ids(file)).toEqual([0, 1, 2, 3, 4, 5]);
    await encoder.close();
  });

  test('a save asked for in a pause is there at once; what follows the pause goes on from it', async () => {
    const { backend, encoder, write } = await setUp(600, 3);
    await write(0, 6);
    const [first, second] = [join(folder, 'paused.yuv'), join(folder, 'resumed.yuv')];
    expect(await encoder.save(first, 6, true)).toMatchObject({ firstPosition: 0, frames: 6 });
    await write(6, 10);
    expect(await encoder.save(second, 10, true)).toMatchObject({ firstPosition: 0, frames: 10 });
    expect([await ids(first), await ids(second)]).toEqual([
      [0, 1, 2, 3, 4, 5],
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    ]);
    expect(backend.opened).toBe(3);
    await encoder.close();
  });

  test('the stream of a pause ends when its last frame is written, and not where frames have come behind it', async () => {
    const { backend, encoder, write } = await setUp(600, 2);
    await write(0, 3);
    const saving = encoder.save(join(folder, 'ahead.yuv'), 5, true);
    await write(3, 4);
    expect(backend.opened).toBe(1);
    await write(4, 5);
    expect(await saving).toMatchObject({ frames: 5 });
    expect(backend.opened).toBe(2);
    await write(5, 7);
    // Frame 6 has been written: frame 5 will come out by itself.
    const behind = encoder.save(join(folder, 'behind-pause.yuv'), 6, true);
    await write(7, 9);
    expect(await behind).toMatchObject({ frames: 6 });
    expect(backend.opened).toBe(2);
    await encoder.close();
  });

  test('a next stream that can not be had fails with the next frame, and leaves what there is', async () => {
    const { backend, encoder, write } = await setUp(600, 2);
    await write(0, 3);
    backend.failOpening = true;
    expect(await encoder.save(join(folder, 'last.yuv'), 3, true)).toMatchObject({ frames: 3 });
    await expect(write(3, 4)).rejects.toThrow('a.yuv: no encoder');
    expect(await encoder.save(join(folder, 'still.yuv'), 3)).toMatchObject({ frames: 3 });
  });

  test('a save that the end overtakes has what there is; and what is in memory can still be saved behind it', async () => {
    const { encoder, write } = await setUp(60, 3);
    await write(10, 14);
    const saving = encoder.save(join(folder, 'end.yuv'), 100);
    await encoder.close();
    expect(await saving).toMatchObject({ firstPosition: 10, frames: 4 });
    expect(await encoder.save(join(folder, 'behind.yuv'))).toMatchObject({ firstPosition: 10, frames: 4 });
    expect(await ids(join(folder, 'behind.yuv'))).toEqual([10, 11, 12, 13]);
  });

  test('an encoder that breaks leaves what was recorded to be saved', async () => {
    const { backend, encoder, write } = await setUp(60);
    backend.failAt = 3;
    const saving = encoder.save(join(folder, 'broken.yuv'), 10);
    await expect(write(0, 5)).rejects.toThrow('a.yuv: broken');
    expect(await saving).toMatchObject({ frames: 3 });
  });

  test('without a frame nothing is saved, and no file made', async () => {
    const { encoder } = await setUp(60);
    await encoder.close();
    expect(await encoder.save(join(folder, 'nothing.yuv'))).toMatchObject({ frames: 0 });
    expect(await readdir(folder)).not.toContain('nothing.yuv');
  });

  test('a save that fails says why, and the next one works', async () => {
    const { encoder, write } = await setUp(60);
    await write(0, 3);
    await expect(encoder.save(join(folder, 'none/a.yuv'))).rejects.toThrow(
      /a\.yuv: can't be written: folder .*none does/,
    );
    await writeFile(join(folder, 'again.yuv'), 'old');
    expect(await encoder.save(join(folder, 'again.yuv'))).toMatchObject({ frames: 3 });
    expect(await ids(join(folder, 'again.yuv'))).toEqual([0, 1, 2]);
    await encoder.close();
  });

  test('a stream that no container takes is kept beside it', async () => {
    const file = join(folder, 'bad.mp4');
    await writeFile(file, 'precious');
    const saving = saveUnits(file, [Uint8Array.of(1, 2), Uint8Array.of(3)], 0, { ...SIZE, file });
    await expect(saving).rejects.toThrow(/bad\.mp4: can't be written, its stream is in .*bad\.mp4\.h264: /);
    expect([...(await readFile(`${file}.h264`))]).toEqual([1, 2, 3]);
    expect(await readFile(file, 'utf8')).toBe('precious');
  });

  test.each([
    [{ file: 'udp://127.0.0.1:9' }, /output udp:.*: give a file name/],
    [{ libavCodec: 'libx265' }, /circular: hevc can't be kept in memory/],
    [{ codec: 'mjpeg', file: 'a.mp4' }, /circular: a\.mp4 can't be saved: mjpeg .* \.mjpeg/],
  ] as [Partial<EncoderOptions>, RegExp][])('what can not be saved is refused at once: %o', async (wrong, message) => {
    const opening = CircularEncoder.open({
      backend: new DelayingBackend(0),
      encoder: { ...SIZE, file: 'a.h264', ...wrong },
      bytes: 1,
    });
    await expect(opening).rejects.toThrow(message);
    await expect(opening).rejects.toThrow(UsageError);
  });
});
