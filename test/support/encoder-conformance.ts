import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FailureError, UsageError } from '../../src/errors.ts';
import type { Encoder, EncoderOptions } from '../../src/record/encoder.ts';
import { chooseEncoder } from '../../src/record/encoders/encoders.ts';
import { testPicture } from './pictures.ts';

/** An encoder, and what of it there is to try. */
export interface EncoderCase {
  readonly encoder: Encoder;
  /** True where it is a user's own, which is given beside those that there are. */
  readonly own?: boolean;
  /** The ending of its files. */
  readonly ending: string;
  /** How many pictures a file of it holds. */
  frames(file: string): Promise<number>;
}

const FRAMES = 12;

/** What every encoder does, whatever it makes. Each one of the list is tried with it, those of others as well. */
export function encoderConformance({ encoder, own, ending, frames }: EncoderCase): void {
  describe(`the encoder ${encoder.name}`, () => {
    let folder = '';
    let chosen: Encoder;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'genlock-encoder-'));
      chosen = await chooseEncoder({ name: encoder.name, ...(own && { own: [encoder] }) });
    });
    afterAll(() => rm(folder, { recursive: true }));
    const options = (name: string): EncoderOptions => ({
      file: join(folder, `${name}${ending}`),
      width: 320,
      height: 240,
      frameRate: { num: 30, den: 1 },
    });

    it('is chosen by its name, and says what it misses or that it works', async () => {
      expect(encoder.name).toMatch(/^[a-z][a-z0-9]*$/);
      expect(chosen.name).toBe(encoder.name);
      expect(await encoder.unavailable()).toBeUndefined();
    });

    it('checks without creating anything', async () => {
      const given = options('checked');
      await chosen.check(given);
      await expect(stat(given.file)).rejects.toThrow(/ENOENT/);
    });

    it('writes every picture of slots in order, whichever is the first, over an earlier file', async () => {
      const given = options('whole');
      await writeFile(given.file, 'x'.repeat(4_000_000));
      const file = await chosen.open(given);
      for (let slot = 7; slot < 7 + FRAMES; slot++) await file.write(testPicture(slot), slot);
      await file.close();
      expect(await frames(given.file)).toBe(FRAMES);
    });

    it('refuses holes, other sizes, two pictures at once and pictures after the end, each by the frame and the file', async () => {
      const given = options('contract');
      const file = await chosen.open(given);
      const refused = async (writing: Promise<void>, words: RegExp): Promise<void> => {
        const error = await writing.catch((cause: unknown) => cause);
        expect(error).toBeInstanceOf(FailureError);
        expect((error as Error).message).toContain(given.file);
        expect((error as Error).message).toMatch(words);
      };
      const first = file.write(testPicture(0), 0);
      await refused(file.write(testPicture(1), 1), /frame 1 came before the frame before it was taken/);
      await first;
      await refused(file.write(testPicture(2), 2), /frame 2 is out of order, 1 is next/);
      await refused(file.write(testPicture(1, 64, 48), 1), /frame 1 is 64x48, .* the file is 320x240/);
      await file.write(testPicture(1), 1);
      const closing = file.close();
      await refused(file.write(testPicture(2), 2), /frame 2 came after the file was closed/);
      await closing;
      await expect(file.close()).resolves.toBeUndefined();
      expect(await frames(given.file)).toBe(2);
    });

    it('goes faster only where it says that it can', async () => {
      const file = await chosen.open({ ...options('fast'), preset: 'veryfast', spare: true });
      await file.write(testPicture(0), 0);
      expect(file.goFaster?.() ?? false).toBe(encoder.name === 'h264' && chosen.faster === true);
      await file.close();
    });

    it('names a folder that is not there in one line', async () => {
      const given = { ...options('x'), file: join(folder, 'nowhere', `x${ending}`) };
      const error = await chosen.open(given).then(
        (file) => file.close(),
        (cause: unknown) => cause,
      );
      expect(error).toBeInstanceOf(UsageError);
      expect((error as Error).message).toContain(join(folder, 'nowhere'));
      expect((error as Error).message).not.toContain('\n');
    });
  });
}
