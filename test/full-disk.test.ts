import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FailureError } from '../src/errors.ts';
import type { VideoEncoder } from '../src/record/encoder.ts';
import { TextFile } from '../src/record/text-file.ts';
import { decoded, eachBackend } from './support/encoding.ts';
import { testPicture } from './support/pictures.ts';
import { describeFullDisk } from './support/small-disk.ts';

const DISK_BYTES = 3 << 20;
const FRAGMENT_FRAMES = 15;

describeFullDisk(DISK_BYTES, (disk) => {
  eachBackend((backend) => {
    const open = (file: string) => backend.open({ file, width: 320, height: 240, frameRate: { num: 30, den: 1 } });

    test.each(['mp4', 'mov', 'mkv', 'h264'])(
      'ends the recording in one line and keeps what is whole: %s',
      async (ending) => {
        const file = join(disk().folder, `${backend.name}.${ending}`);
        const encoder = await open(file);
        const { taken, failure } = await writeUntilFailure(encoder);
        await encoder.close().catch(() => {});
        expect(failure).toBeInstanceOf(FailureError);
        expect(failure.message).toMatch(/no space left on device$/i);
        expect(failure.message.startsWith(`${file}: recording stopped: `)).toBe(true);
        expect(failure.message).not.toContain('\n');
        const { frames } = await decoded(file);
        expect(frames.map(({ mark }) => mark + 0)).toEqual(frames.map((_, i) => i % 14));
        // What is missing: a fragment, and what was with the encoder or on its way there.
        expect(frames.length).toBeGreaterThan(taken - FRAGMENT_FRAMES - 5);
        expect(frames.length).toBeLessThanOrEqual(taken);
      },
    );

    test('has no room for the index at the close: every fragment that was written stays', async () => {
      const file = join(disk().folder, `${backend.name}-index.mp4`);
      const filler = join(disk().folder, 'filler');
      const encoder = await open(file);
      for (let slot = 0; slot < 75; slot++) await encoder.write(testPicture(slot), slot);
      await fill(filler);
      await expect(encoder.close()).rejects.toThrow(/index\.mp4: .*no space left on device/i);
      const { frames } = await decoded(file);
      expect(frames.length).toBeGreaterThanOrEqual(75 - FRAGMENT_FRAMES);
      expect(frames.map(({ mark }) => mark + 0)).toEqual(frames.map((_, i) => i % 14));
    });
  });

  test('fails text in one line that names it, and what came before is there', async () => {
    const file = join(disk().folder, 'text.csv');
    const text = await TextFile.open(file);
    const row = `${'x'.repeat(99)}\n`;
    for (let i = 0; i < DISK_BYTES / 100 + 1000; i++) text.write(row);
    await expect(text.close()).rejects.toThrow(new FailureError(`${file}: no space left on device`));
    const lines = (await readFile(file, 'utf8')).split('\n').slice(0, -1);
    expect(lines.length).toBeGreaterThan(DISK_BYTES / 110);
    expect(new Set(lines)).toEqual(new Set([row.trim()]));
  });
});

/** Noise, so that a frame takes some 25 kB. */
async function writeUntilFailure(encoder: VideoEncoder): Promise<{ taken: number; failure: Error }> {
  for (let slot = 0; slot < 1000; slot++) {
    const picture = testPicture(slot);
    for (let i = 16 * 320; i < 320 * 240; i++) picture.data[i] = 16 + ((i * 7919 * (slot + 1)) % 219);
    const failure = await encoder.write(picture, slot).then(
      () => undefined,
      (error: Error) => error,
    );
    if (failure) return { taken: slot, failure };
  }
  throw new Error('the disk was not full after 1000 frames');
}

/** Takes all the room there is. */
async function fill(file: string): Promise<void> {
  const chunk = Buffer.alloc(4096);
  for (;;) {
    const full = await writeFile(file, chunk, { flag: 'a' }).then(
      () => false,
      () => true,
    );
    if (full) return;
  }
}
