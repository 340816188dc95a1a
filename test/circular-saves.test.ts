import { mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FailureError } from '../src/errors.ts';
import type { Encoder } from '../src/record/encoder.ts';
import { CircularEncoder } from '../src/record/segments/circular.ts';
import { parsePattern } from '../src/record/segments/name-pattern.ts';
import { SegmentNames } from '../src/record/segments/segment-names.ts';
import { CircularSaves } from '../src/run/camera/circular-saves.ts';
import type { Line } from '../src/run/camera/notices.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-saves-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** Hands pictures on as they are. */
const plain: Encoder = {
  name: 'node-av',
  unavailable: async () => undefined,
  check: async () => {},
  open: async ({ sink }) => ({ write: async ({ data }) => sink?.(data), close: async () => {} }),
};

/** A circular recording of `frames` tiny pictures, and the saves of it into `name`. */
async function recorded(name: string, frames: number) {
  const encoder = await CircularEncoder.open({
    backend: plain,
    encoder: { width: 2, height: 2, frameRate: { num: 30, den: 1 }, codec: 'yuv420', file: 'a.yuv' },
    bytes: 6000,
  });
  const write = async (from: number, to: number) => {
    for (let at = from; at < to; at++) {
      await encoder.write({ width: 2, height: 2, data: new Uint8Array(6).fill(at) }, at);
    }
  };
  await write(0, frames);
  const lines: Line[] = [];
  const saved: string[] = [];
  const saves = new CircularSaves({
    encoder,
    names: new SegmentNames(parsePattern('--output', join(folder, name))),
    wallUs: () => 0,
    onSaved: (file) => saved.push(file),
    say: (line) => lines.push(line),
  });
  return { encoder, write, saves, lines, saved };
}

const framesIn = async (file: string): Promise<number> => (await readFile(file)).length / 6;

describe('the saves of a circular buffer', () => {
  test('at the end have what is not in a file yet, and nothing twice', async () => {
    const { encoder, write, saves, saved } = await recorded('a%d.yuv', 4);
    saves.save(4, false);
    await write(4, 6);
    await encoder.close();
    await saves.saveRest(6);
    await saves.saveRest(6);
    expect(saved).toEqual([join(folder, 'a0.yuv'), join(folder, 'a1.yuv')]);
    expect(await framesIn(join(folder, 'a1.yuv'))).toBe(6);
  });

  test('say so where there is nothing new', async () => {
    const { saves, lines, saved } = await recorded('a%d.yuv', 4);
    saves.save(0, true);
    saves.save(4, true);
    saves.save(4, true);
    await expect.poll(() => saved).toHaveLength(1);
    expect(lines.map(({ text }) => text)).toEqual([
      'nothing recorded yet: nothing to save',
      'nothing new since the last save',
      expect.stringContaining('saved 4 frames'),
    ]);
  });

  test('that fail while it goes on are a warning, can be asked for again, and are made up for at the end', async () => {
    const { encoder, saves, lines, saved } = await recorded('gone/a%d.yuv', 4);
    saves.save(4, false);
    await expect.poll(() => lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: 'warning', text: expect.stringContaining('does not exist') });
    saves.save(4, false);
    await expect.poll(() => lines).toHaveLength(2);
    await symlink(folder, join(folder, 'gone'));
    await encoder.close();
    await saves.saveRest(4);
    expect(saved).toEqual([join(folder, 'gone', 'a2.yuv')]);
  });

  test('at the end are an error where they fail, which says where the frames are instead', async () => {
    const { encoder, saves } = await recorded('gone/a.yuv', 4);
    await encoder.close();
    vi.stubEnv('TMPDIR', folder);
    const error = await saves.saveRest(4).catch((thrown: Error) => thrown);
    expect(error).toBeInstanceOf(FailureError);
    const [, kept = ''] =
      /a\.yuv: can't be written: .* does not exist; its 4 frames are in (\S+) instead$/.exec(String(error)) ?? [];
    expect(await framesIn(kept)).toBe(4);
  });

  test('at the end say what is lost where there is no other place', async () => {
    const { encoder, saves } = await recorded('gone/a.yuv', 4);
    await encoder.close();
    vi.stubEnv('TMPDIR', join(folder, 'none'));
    await expect(saves.saveRest(4)).rejects.toThrow(/does not exist; what was kept in memory is lost$/);
    expect(await readdir(folder)).toEqual([]);
  });
});
