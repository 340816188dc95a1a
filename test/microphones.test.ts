import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { captureSound } from '../src/libav/capture-sound.ts';
import { parseMicrophone } from '../src/microphone/spec.ts';
import { microphones } from '../src/options/microphones.ts';
import { finishWav, readWav, WavFile } from '../src/record/wav.ts';
import { nameMicrophones } from '../src/run/plan/microphones.ts';
import { completeSounds } from '../src/run/repair/sounds.ts';
import { frame0Of } from '../src/run/take/sounds.ts';
import { soundReports } from '../src/verify/sounds.ts';
import { needFfmpeg } from './support/doc-desk.ts';
import { syntheticTake } from './support/take.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-'));
});
afterAll(() => rm(folder, { recursive: true }));

const ramp = (samples: number, channels: number): Float32Array =>
  Float32Array.from({ length: samples * channels }, (_, i) => ((i % 1000) - 500) / 512);

/** A sound as a process that was killed leaves it. */
async function cutOff(name: string, samples: number): Promise<string> {
  const file = join(folder, name);
  const wav = await WavFile.open(file, { rate: 8000, channels: 2 });
  wav.write(ramp(samples, 2));
  await wav.close();
  // The header as it was at the beginning, and half a sample at the end.
  const bytes = readFileSync(file);
  bytes.writeUInt32LE(0, 76);
  bytes.writeUInt32LE(72, 4);
  writeFileSync(file, Buffer.concat([bytes, Buffer.from([1, 2])]));
  return file;
}

describe('the spec of a microphone', () => {
  it('says what FFmpeg opens, and what it is asked for', () => {
    expect(parseMicrophone('alsa:hw:1')).toMatchObject({ format: 'alsa', input: 'hw:1', options: {} });
    expect(parseMicrophone('alsa:plughw:CARD=Mic,DEV=0?channels=1&rate=44100')).toMatchObject({
      input: 'plughw:CARD=Mic,DEV=0',
      options: { channels: '1', sample_rate: '44100' },
    });
    expect(parseMicrophone('avfoundation:0')).toMatchObject({ input: ':0' });
    expect(parseMicrophone('libav:what?.wav')).toMatchObject({ kind: 'file', input: 'what?.wav' });
    expect(parseMicrophone('virtual:?ppm=-40&jitter=50')).toMatchObject({ ppm: -40, jitterUs: 50, rate: 48_000 });
  });

  it.each([
    ['hw:1', /^sound hw:1: is no microphone: give alsa:DEVICE, /],
    ['alsa:', /nothing behind alsa:/],
    ['alsa:hw:1?bits=24', /bits: give rate or channels/],
    ['alsa:hw:1?rate=fast', /rate=fast: must be a whole number from 8000 to 192000/],
    ['virtual:imx219', /give virtual: alone/],
    ['virtual:?ppm=5000', /ppm=5000: must be a number from -1000 to 1000/],
    ['virtual:?ppm', /ppm is not NAME=VALUE/],
  ])('%s is refused in one line', (text, why) => {
    expect(() => parseMicrophone(text)).toThrow(why);
    expect(() => microphones.read('--audio', text)).toThrow(/^--audio /);
    expect(microphones.check(text)).toBeUndefined();
  });

  it('has a name in front, which no camera has', () => {
    expect(nameMicrophones(['virtual:', 'boom=alsa:hw:1', 'alsa:hw:CARD=2'], ['cam0'])).toEqual([
      { name: 'sound', spec: 'virtual:' },
      { name: 'boom', spec: 'alsa:hw:1' },
      { name: 'sound3', spec: 'alsa:hw:CARD=2' },
    ]);
    expect(() => nameMicrophones(['left=virtual:'], ['Left', 'right'])).toThrow(/is the name of another camera/);
    expect(() => nameMicrophones(['a b=virtual:'], [])).toThrow(/is no name for a microphone/);
  });
});

describe('the file of a sound', () => {
  it.for(['node-av', 'ffmpeg'] as const)(
    'is read by FFmpeg (%s) sample by sample as it was written',
    async (way, context) => {
      if (way === 'ffmpeg') needFfmpeg(context);
      const file = join(folder, `${way}.wav`);
      const wav = await WavFile.open(file, { rate: 8000, channels: 2 });
      const all = ramp(5000, 2);
      for (let at = 0; at < all.length; at += 700) wav.write(all.subarray(at, at + 700));
      await wav.close(4900);
      const capture = await captureSound({ called: 'sound', format: undefined, input: file, options: {} }, way);
      const heard: number[] = [];
      await capture.run((_, samples) => void heard.push(...samples));
      await capture.close();
      expect([capture.rate, capture.channels]).toEqual([8000, 2]);
      expect(heard.length).toBe(2 * 4900);
      expect(heard.every((sample, i) => Math.abs(sample - (all[i] as number)) < 2 ** -23)).toBe(true);
    },
  );

  it('that was cut off is finished as long as the pictures, once', async () => {
    const file = await cutOff('long.wav', 8000);
    const take = syntheticTake(1, { frameRate: { num: 10, den: 1 }, sounds: [sound('long'), sound('short')] });
    await cutOff('short.wav', 2000);
    const first = await completeSounds(folder, take, 5);
    expect(first.missing).toEqual([]);
    expect(first.changed).toBe(true);
    expect(await readWav(file)).toEqual({ rate: 8000, channels: 2, samples: 4000 });
    expect(await readWav(join(folder, 'short.wav'))).toMatchObject({ samples: 4000 });
    expect(first.sounds.map(({ silentFromS }) => silentFromS)).toEqual([undefined, 0.25]);
    const again = await completeSounds(folder, { ...take, sounds: [...first.sounds] }, 5);
    expect([again.changed, again.sounds]).toEqual([false, first.sounds]);
  });

  it('is missed where it is gone, and refused where it is no sound', async () => {
    writeFileSync(join(folder, 'odd.wav'), 'RIFF'.repeat(100));
    const take = syntheticTake(1, { sounds: [sound('gone'), sound('odd')] });
    const { missing } = await completeSounds(folder, take, 5);
    expect(missing[0]).toBe('gone: gone.wav: there is no such file');
    expect(missing[1]).toMatch(/^odd: .*odd.wav: is no sound of a take$/);
  });

  it('has the header of RF64 beyond 4 GB', async () => {
    const file = await cutOff('huge.wav', 10);
    const samples = 800_000_000;
    await finishWav(file, () => samples);
    expect((await stat(file)).size).toBe(80 + samples * 6);
    expect(await readWav(file)).toEqual({ rate: 8000, channels: 2, samples });
    const capture = await captureSound({ called: 'sound', format: undefined, input: file, options: {} });
    expect([capture.rate, capture.channels]).toEqual([8000, 2]);
    await capture.close();
    await rm(file);
  });
});

describe('where a sound begins in a take of several hosts', () => {
  it('is by this host, whatever the wall clock of the server’s says', () => {
    const server = { start: { wallUs: 9e15, utcOffsetMinutes: 60 }, readyTimeUs: 1_000 };
    expect([false, true].map((elsewhere) => frame0Of(server, elsewhere))).toEqual([9e15, 1_000]);
    expect(frame0Of({ start: undefined, readyTimeUs: 2_000 }, false)).toBe(2_000);
    expect(frame0Of({ start: server.start, readyTimeUs: undefined }, true)).toBeUndefined();
  });

  it('is told by the first camera of the microphone’s own host', async () => {
    const take = syntheticTake(2, {
      ...{ frames: 300, frameRate: { num: 30, den: 1 } },
      sounds: [{ ...sound('here'), startUs: 1_000_400 }],
    });
    writeFileSync(join(folder, 'cam0.frames.csv'), 'index,sensor_us\n0,3000000\n');
    writeFileSync(join(folder, 'cam1.frames.csv'), 'index,sensor_us\n0,1000000\n');
    const [first, second] = take.cameras;
    const elsewhere = { ...take, cameras: [{ ...first, host: 'pi2' }, second] } as typeof take;
    expect((await soundReports(folder, elsewhere))[0]?.startOffsetUs).toBe(400);
    const none = { ...take, cameras: take.cameras.map((camera) => ({ ...camera, host: 'pi2' })) };
    expect((await soundReports(folder, none))[0]?.startOffsetUs).toBeNull();
  });
});

describe('what is said of a sound', () => {
  const said = async (more: object): Promise<string | undefined> => {
    writeFileSync(join(folder, 'cam0.frames.csv'), 'index,sensor_us\n0,1000000\n');
    const take = syntheticTake(1, {
      ...{ frames: 300, frameRate: { num: 30, den: 1 } },
      sounds: [{ ...sound('said'), ...more }],
    });
    const wav = await WavFile.open(join(folder, 'said.wav'), { rate: 8000, channels: 1 });
    wav.write(new Float32Array(80_000));
    await wav.close();
    return (await soundReports(folder, take))[0]?.text;
  };

  it('is where it begins, its drift and what was lost of it', async () => {
    expect(await said({ startUs: 1_000_400, driftPpm: 1111, driftErrorPpm: 0.4 })).toBe(
      'said.wav: begins 0.40 ms after frame 0, by timestamps; its clock ran 1111.0 ppm fast, 4.0 s an hour: 11 ms at its end',
    );
    expect(await said({ startUs: 999_900, driftPpm: -40, driftErrorPpm: 0.4, corrected: true })).toBe(
      'said.wav: begins 0.10 ms before frame 0, by timestamps; its clock ran 40.0 ppm slow, 144 ms an hour: taken out',
    );
    expect(await said({ driftPpm: 2, driftErrorPpm: 1, lostSamples: 80, lostTimes: 1, silentFromS: 4 })).toBe(
      'said.wav: when it begins is not known; no drift to be seen, within 3.0 ppm; 10 ms were lost, in 1 place: silence stands there; silence from 4.0 s on: it ended there',
    );
  });
});

function sound(name: string) {
  return { name, spec: 'virtual:', file: `${name}.wav`, rate: 8000, channels: 2, corrected: false };
}
