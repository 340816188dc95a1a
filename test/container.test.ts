import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSound } from '../src/libav/audio.ts';
import { readContainer } from '../src/libav/container.ts';
import { needFfmpeg } from './support/doc-desk.ts';

const home = mkdtempSync(join(tmpdir(), 'genlock-container-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const picture = ['-f', 'lavfi', '-i', 'testsrc=s=160x120:r=30:d=1'];
const tone = ['-f', 'lavfi', '-i', 'sine=f=440:d=1'];
const make = (name: string, ...args: string[]): string => {
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...args, join(home, name)]);
  return join(home, name);
};

describe.each(['node-av', 'ffmpeg'] as const)('a file, read with %s', (backend) => {
  it('says where its own time begins, and what it holds', async (context) => {
    needFfmpeg(context);
    const stream = make('a.ts', ...picture, ...tone, '-c:v', 'libx264', '-c:a', 'aac');
    const { startUs, video, sound, sounds } = await readContainer(stream, backend);
    expect(startUs).toBeGreaterThan(1_300_000);
    expect(startUs).toBeLessThan(1_500_000);
    expect({ video, sound: sound?.slice(0, 3), sounds }).toEqual({
      video: { codec: 'h264', turned: false },
      sound: 'aac',
      sounds: 1,
    });
    const wav = await readContainer(make('a.wav', ...tone), backend);
    expect(wav).toMatchObject({ startUs: 0, video: undefined });
    const silent = await readContainer(make('a.mp4', ...picture), backend);
    expect(silent).toEqual({ startUs: 0, video: { codec: 'h264', turned: false }, sound: undefined, sounds: 0 });
  });

  it('has no video where that is the cover of a piece of music', async (context) => {
    needFfmpeg(context);
    const cover = ['-map', '1:a', '-map', '0:v', '-frames:v', '1', '-c:v', 'mjpeg', '-disposition:v', 'attached_pic'];
    const file = make('a.m4a', ...picture, ...tone, ...cover, '-c:a', 'aac', '-f', 'mp4');
    expect((await readContainer(file, backend)).video).toBeUndefined();
  });

  it('gives its sound in pieces of which each has its time, all channels together', async (context) => {
    needFfmpeg(context);
    const right = ['-af', 'pan=stereo|c0=0*c0|c1=c0', '-c:a', 'pcm_s16le'];
    for (const [name, lossy] of [
      ['b.wav', false],
      ['b.m4a', true],
    ] as const) {
      const codec = lossy ? [...right.slice(0, 2), '-c:a', 'aac'] : right;
      let [loudest, endUs] = [0, 0];
      const kind = await readSound(
        make(name, ...tone, ...codec),
        ({ rate, samples, us }) => {
          for (const sample of samples) loudest = Math.max(loudest, Math.abs(sample));
          endUs = us + (samples.length * 1e6) / rate;
        },
        backend,
      );
      expect(kind).toMatchObject({ lossy });
      expect(loudest).toBeGreaterThan(0.05);
      expect(Math.abs(endUs - 1e6)).toBeLessThan(50_000);
    }
    expect(await readSound(make('c.mp4', ...picture), () => {}, backend)).toBeUndefined();
  });

  it('that is none is named', async (context) => {
    needFfmpeg(context);
    await expect(readContainer(join(home, 'nowhere.mp4'), backend)).rejects.toThrow('nowhere.mp4: can');
  });
});
