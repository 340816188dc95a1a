import { open, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pictureBytes } from '../src/camera/picture.ts';
import { UsageError } from '../src/errors.ts';
import type { Encoder } from '../src/record/encoder.ts';
import { chooseEncoder, ENCODERS } from '../src/record/encoders/encoders.ts';
import { type EncoderCase, encoderConformance } from './support/encoder-conformance.ts';
import { decoded } from './support/encoding.ts';

const PLANES = pictureBytes(320, 240);
const byDecoding = async (file: string): Promise<number> => (await decoded(file)).frames.length;

const CASES: Readonly<Record<string, Omit<EncoderCase, 'encoder'>>> = {
  h264: { ending: '.mp4', frames: byDecoding },
  mjpeg: { ending: '.mjpeg', frames: byDecoding },
  yuv420: { ending: '.yuv', frames: async (file) => (await stat(file)).size / PLANES },
};

for (const encoder of ENCODERS) {
  const of = CASES[encoder.name];
  if (of === undefined) throw new Error(`${encoder.name}: say in CASES what of it can be tried`);
  encoderConformance({ encoder, ...of });
}

/** An encoder of a user's own: a byte a picture, its level in the middle. */
const levels: Encoder = {
  name: 'levels',
  unavailable: async () => undefined,
  check: async () => {},
  async open({ file }) {
    const handle = await open(file, 'w').catch((cause: unknown) => {
      throw new UsageError(`${file}: there is no folder ${dirname(file)}`, { cause });
    });
    return {
      write: async ({ data }) => {
        await handle.write(data.subarray(320 * 120 + 160, 320 * 120 + 161));
      },
      close: () => handle.close(),
    };
  },
};

encoderConformance({
  encoder: levels,
  own: true,
  ending: '.levels',
  frames: async (file) => (await readFile(file)).length,
});

describe('choosing an encoder', () => {
  it('by a name that there is none of names all that there are, the own ones first', async () => {
    await expect(chooseEncoder({ name: 'av9', own: [levels] })).rejects.toThrow(
      'no encoder av9; there are levels, h264, mjpeg, yuv420',
    );
  });

  it('of one that does not work here says why', async () => {
    const broken = { ...levels, unavailable: async () => 'levels: no ruler; buy one' };
    await expect(chooseEncoder({ name: 'levels', own: [broken] })).rejects.toThrow(
      new UsageError('levels: no ruler; buy one'),
    );
  });

  it('of the own ones takes one of an old name before the old one', async () => {
    const mine = await chooseEncoder({ name: 'h264', own: [{ ...levels, name: 'h264' }] });
    expect(mine.way).toBeUndefined();
  });
});
