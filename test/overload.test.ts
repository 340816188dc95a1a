import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Picture } from '../src/camera/picture.ts';
import type { EncoderOptions, VideoEncoder } from '../src/record/encoder.ts';
import { nodeAvBackend } from '../src/record/encoders/node-av.ts';
import { spareOptions } from '../src/record/encoders/x264.ts';
import type { Overload } from '../src/record/overload.ts';
import { Recorder } from '../src/record/recorder.ts';
import { decoded } from './support/encoding.ts';
import { testPicture } from './support/pictures.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'genlock-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** An encoder that takes nothing until it is let go. */
class Held implements VideoEncoder {
  asked = 0;
  closed = false;
  release: () => void = () => {};
  private readonly held = new Promise<void>((resolve) => {
    this.release = resolve;
  });

  goFaster(): boolean {
    return ++this.asked === 1;
  }

  async write(): Promise<void> {
    await this.held;
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

/** Test pictures are told apart up to this number. */
const MARKS = 14;
const PICTURE: Picture = { width: 2, height: 2, data: new Uint8Array(6) };

function overloaded(onOverload: Overload) {
  const encoder = new Held();
  const said: string[] = [];
  const causes: (string | undefined)[] = [];
  let failure: Error | undefined;
  const recorder = new Recorder<string>(encoder, {
    ...{ width: 2, height: 2, queueFrames: 4, onOverload },
    onBehind: (what, slot) => said.push(`${what} ${slot}`),
    onSlot: ({ cause }) => causes.push(cause),
    onError: (error) => {
      failure = error;
    },
  });
  const offered = Array.from({ length: 7 }, (_, slot) => recorder.offer(slot, PICTURE, ''));
  return { encoder, recorder, said, causes, offered, failure: () => failure };
}

describe('an encoder that can’t keep up', () => {
  test('leaves frames out, slot by slot, and says so once', async () => {
    const { encoder, recorder, said, causes, offered } = overloaded('drop');
    expect(offered).toEqual([...Array(4).fill('queued'), ...Array(3).fill('dropped')]);
    encoder.release();
    expect(await recorder.finish(7)).toMatchObject({ captured: 4, repeated: 3, dropped: 3 });
    expect(causes).toEqual([...Array(4), ...Array(3).fill('overload')]);
    expect({ said, asked: encoder.asked }).toEqual({ said: ['dropping 4'], asked: 0 });
  });

  test('is made faster before a frame is left out', async () => {
    const { encoder, recorder, said } = overloaded('faster');
    encoder.release();
    await recorder.finish(7);
    expect({ said, asked: encoder.asked }).toEqual({ said: ['faster 2', 'dropping 4'], asked: 1 });
  });

  test('ends the recording where that is asked for; what it took is kept', async () => {
    const { encoder, recorder, said, failure } = overloaded('fail');
    expect(failure()?.message).toMatch(/^the encoder can't keep up: no room for frame 4; .* a faster preset helps/);
    encoder.release();
    await expect(recorder.finish(7)).rejects.toThrow("the encoder can't keep up");
    expect({ said, closed: encoder.closed }).toEqual({ said: [], closed: true });
  });
});

describe('going over to the fastest preset in the middle of a file', () => {
  const options = (file: string): EncoderOptions => ({
    ...{ file: join(folder, file), width: 320, height: 240, frameRate: { num: 30, den: 1 } },
    ...{ preset: 'slow', spare: true },
  });

  test.each(['a.mp4', 'a.mkv', 'a.h264'])('leaves a stream that decodes whole: %s', async (file) => {
    const given = options(file);
    const encoder = await nodeAvBackend.open(given);
    for (let slot = 0; slot < 80; slot++) {
      if (slot === 37) expect([encoder.goFaster?.(), encoder.goFaster?.()]).toEqual([true, false]);
      await encoder.write(testPicture(slot, 320, 240), slot);
    }
    await encoder.close();
    const { frames } = await decoded(given.file);
    expect(frames.map(({ mark }) => mark)).toEqual(Array.from({ length: 80 }, (_, slot) => slot % MARKS));
  });

  test('is not possible where the preset is the fastest already, or nobody asked to be ready for it', async () => {
    expect(spareOptions({ ...options('b.mp4'), preset: 'ultrafast' })).toBeUndefined();
    expect(spareOptions({ ...options('b.mp4'), spare: false })).toBeUndefined();
    expect(spareOptions({ ...options('b.mp4'), libavCodec: 'mpeg4' })).toBeUndefined();
    const encoder = await nodeAvBackend.open({ ...options('b.mp4'), spare: false });
    expect(encoder.goFaster?.()).toBe(false);
    await encoder.write(testPicture(0, 320, 240), 0);
    await encoder.close();
  });
});
