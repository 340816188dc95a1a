import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSound } from '../../src/libav/audio.ts';
import { readTake } from '../../src/record/take.ts';
import { readWav } from '../../src/record/wav.ts';
import { readTimes } from '../../src/verify/read-times.ts';
import { freshPort, genlock, LENIENT, SMALL, start } from '../support/genlock.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-'));
});
afterAll(() => rm(folder, { recursive: true }));

const EXPOSURE_US = 500;
const recording = (take: string, ...more: string[]): string[] => [
  ...['record', '--cameras', '1', ...SMALL, ...LENIENT, '--shutter', `${EXPOSURE_US}us`, '--gain', '1'],
  ...['--sync-port', freshPort(), '-o', join(folder, take), ...more],
];

/** Where the clicks of a sound are, in us from its first sample. */
async function clicks(file: string): Promise<number[]> {
  const found: number[] = [];
  await readSound(file, ({ us, rate, samples }) => {
    for (const [i, sample] of samples.entries()) if (sample > 0.45) found.push(us + (i * 1e6) / rate);
  });
  return found;
}

describe('a take with microphones', () => {
  it('has sounds that begin at frame 0 and are as long as the pictures, as samples and pixels show it', async () => {
    const audio = ['--audio', 'virtual:?ppm=300&jitter=1000', 'slow=virtual:?ppm=-300&channels=2'];
    const { code, stdout, stderr } = await genlock(recording('clicks', '-t', '4s', ...audio));
    expect([code, stderr]).toEqual([0, expect.stringContaining('and 2 microphones')]);
    const take = await readTake(join(folder, 'clicks'));
    const { readout } = take.cameras[0] ?? {};
    const { timesUs } = await readTimes(join(folder, 'clicks', 'cam0.mp4'), { readout });
    // What is read is the middle of the exposure; a frame's time is the end.
    const frame0Us = (timesUs[0] as number) + EXPOSURE_US / 2;
    for (const { file, startUs } of take.sounds ?? []) {
      const path = join(folder, 'clicks', file);
      const { samples, rate } = await readWav(path);
      expect(samples).toBe(4 * rate);
      const heard = (await clicks(path)).map((us) => frame0Us + us);
      expect(heard.length).toBe(4);
      // Each click was at a full second of the clock that the pixels show; drift takes the later ones 0.3 ms a second.
      const errors = heard.map((us) => us - Math.round(us / 1e6) * 1e6);
      expect(Math.abs(errors[0] as number)).toBeLessThan(1000);
      expect(startUs).toBeGreaterThan(0);
      expect(stdout).toMatch(new RegExp(`${file}: begins 0\\.\\d\\d ms (after|before) frame 0`));
    }
  });

  it('goes on where one is killed and another ends, and says so; with silence for what is missing', async () => {
    execFileSync('ffmpeg', ['-loglevel', 'error', '-f', 'lavfi', '-i', 'sine=d=2.5:r=8000', join(folder, 'short.wav')]);
    const audio = ['--audio', 'virtual:', `tape=libav:${join(folder, 'short.wav')}`, '--audio-sync'];
    const run = start(recording('killed', '-t', '5s', ...audio));
    await run.says(/recording: 0:0/);
    const { pid } = (await readTake(join(folder, 'killed'))).sounds?.[0] ?? {};
    await new Promise((resolve) => setTimeout(resolve, 1500));
    process.kill(pid as number, 'SIGKILL');
    const { code, stderr, stdout } = await run.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/warning: sound: its process was ended by SIGKILL; the take goes on/);
    expect(stderr).toMatch(/warning: tape: its sound ended; the take goes on/);
    expect(stdout).toContain('150 frames');
    const take = await readTake(join(folder, 'killed'));
    expect([take.state, take.frames, take.cameras[0]?.frames]).toEqual(['failed', 150, 150]);
    for (const { file, rate = 0, silentFromS = 5, pid: still } of take.sounds ?? []) {
      expect(await readWav(join(folder, 'killed', file))).toMatchObject({ samples: 5 * rate });
      expect(silentFromS).toBeLessThan(5);
      expect(still).toBeUndefined();
    }
    expect((await clicks(join(folder, 'killed', 'sound.wav'))).length).toBeGreaterThan(0);
  });

  it('that is killed with its microphone is repaired', async () => {
    const run = start(recording('cut', '-t', '0', '--audio', 'virtual:'));
    await run.says(/recording: 0:0/);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const { cameras, sounds = [] } = await readTake(join(folder, 'cut'));
    for (const each of [run.child.pid, ...[...cameras, ...sounds].map((one) => ('pid' in one ? one.pid : undefined))])
      if (each !== undefined) process.kill(each, 'SIGKILL');
    for (const { files = [] } of cameras) for (const { pid } of files) if (pid) process.kill(pid, 'SIGKILL');
    await run.ended;
    const { code, stderr } = await genlock(['repair', join(folder, 'cut')]);
    expect([code, stderr]).toEqual([expect.any(Number), expect.not.stringContaining('sound')]);
    const take = await readTake(join(folder, 'cut'));
    const wav = await readWav(join(folder, 'cut', 'sound.wav'));
    expect(wav.samples).toBe(Math.round(((take.frames as number) * wav.rate) / 30));
    expect(readFileSync(join(folder, 'cut', 'sound.wav')).readUInt32LE(76)).toBe(wav.samples * 3);
  });
});

describe('a microphone that is not there', () => {
  it.each([
    ['hw:1', /^genlock: --audio hw:1: is no microphone: give alsa:DEVICE/],
    ['alsa:hw:99', /^genlock: sound: .*alsa:hw:99: can't be opened: /m],
    ['libav:no.wav', /^genlock: sound: .*no\.wav/m],
    ['cam0=virtual:', /is the name of another camera/],
  ])('%s is refused in one line, and leaves nothing', async (spec, why) => {
    const { code, stderr } = await genlock(recording('none', '-t', '1s', '--audio', spec));
    expect(stderr).toMatch(why);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect([code, existsSync(join(folder, 'none'))]).toEqual([2, false]);
  });
});
