import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { align } from '../src/align/align.ts';
import type { WrittenFile } from '../src/align/write/write.ts';
import { alignTable } from '../src/cli/align.ts';
import { FailureError } from '../src/errors.ts';
import { readSound } from '../src/libav/audio.ts';
import { readContainer } from '../src/libav/container.ts';
import { cutSound } from '../src/libav/cut-sound.ts';
import { openVideo } from '../src/libav/decode.ts';
import { openWithFfmpeg } from '../src/libav/decode-ffmpeg.ts';
import { joinSound } from '../src/libav/join-sound.ts';
import { findSystemFfmpeg, type SystemFfmpeg } from '../src/libav/system-ffmpeg.ts';
import type { VideoFile } from '../src/libav/video-file.ts';
import { readRepeats } from '../src/verify/timestamps.ts';
import { verify } from '../src/verify/verify.ts';
import { clockVideo } from './support/clock-video.ts';
import { countFrames } from './support/count-frames.ts';
import { needFfmpeg } from './support/doc-desk.ts';
import { mountSmallDisk, noSmallDisk } from './support/small-disk.ts';
import { turnBy90 } from './support/turn.ts';

const home = mkdtempSync(join(tmpdir(), 'genlock-align-write-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const path = (name: string): string => join(home, name);
const run = (...args: string[]): void => {
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...args]);
};

const PERIOD_US = 1e6 / 30;
/** A camera's file: when its first frame is on the pixel clock, its rate, and how long it is. */
const camera = (name: string, [beginS, num, den, seconds]: readonly [number, number, number, number], seed: number) =>
  clockVideo(path(name), {
    frames: Math.floor((seconds * num) / den),
    frameRate: { num, den },
    middleUs: (i) => 5e9 + beginS * 1e6 + (i * den * 1e6) / num,
    seed,
  });

/** The first begins half a second before the second, which ends a second before it. */
const [A, B, C] = [
  [0, 30, 1, 4],
  [0.5123, 30_000, 1001, 3],
  [0.2, 25, 1, 3.5],
] as const;

beforeAll(async () => {
  await camera('a.mp4', A, 1);
  await camera('b.mp4', B, 2);
  await camera('c.mp4', C, 3);
});

/** What the copies of files are, in a folder of their own. */
async function written(folder: string, files: readonly string[], more = {}): Promise<readonly WrittenFile[]> {
  const { written: copies } = await align(files, { by: 'clock', write: path(folder), ...more });
  return copies?.files ?? [];
}

describe('aligned copies', () => {
  it('of files of three rates are proved to show frame N as frame N, as every reader counts', async () => {
    const files = ['a.mp4', 'b.mp4', 'c.mp4'].map(path);
    const alignment = await align(files, { by: 'clock', write: path('three') });
    const { written: copies } = alignment;
    expect(copies).toMatchObject({ folder: path('three'), frameRate: { num: 30, den: 1 } });
    const outputs = copies?.files.map(({ output }) => output) ?? [];
    expect(outputs).toEqual(['a.mp4', 'b.mp4', 'c.mp4'].map((name) => join(path('three'), name)));
    // From the frame of a that is nearest to the first of b to the last of b.
    const frames = 89;
    for (const [i, file] of outputs.entries()) {
      expect(await countFrames(file)).toBe(frames);
      const repeats = await readRepeats(file.replace('.mp4', '.frames.csv'));
      expect(repeats?.size).toBe(copies?.files[i]?.repeated);
      expect(copies?.files[i]?.awayUs).toBeLessThan(PERIOD_US / 2 + 200);
    }
    expect(copies?.files.map(({ repeated }) => repeated)).toEqual([0, 0, 15]);
    expect(alignTable(alignment)).toMatch(
      /^c\.mp4: 15 of 89 frames are repeats, .* --rate 25 makes copies with none$/m,
    );
    expect(copies?.files.every(({ sound }) => !sound)).toBe(true);
    const report = await verify(outputs, { toleranceUs: PERIOD_US / 2 + 200 });
    expect(report).toMatchObject({ frames });
    // All but the repeats of 25 frames a second are within half a period.
    expect(report.pairs[0]).toMatchObject({ matched: frames });
    expect(report.pairs[1]?.matched).toBeGreaterThanOrEqual(frames - 15);
    const rows = readFileSync(join(path('three'), 'a.frames.csv'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(rows).toHaveLength(1 + frames);
    // Nothing else is left.
    expect(readdirSync(path('three')).sort()).toEqual(
      ['a', 'b', 'c'].flatMap((name) => [`${name}.frames.csv`, `${name}.mp4`]),
    );
  });

  it('have the rate that is asked for', async () => {
    const copies = await written('slow', ['a.mp4', 'b.mp4'].map(path), { rate: '25' });
    expect(copies.map(({ frames, repeated }) => ({ frames, repeated }))).toEqual([
      { frames: 75, repeated: 0 },
      { frames: 75, repeated: 0 },
    ]);
    // Of 30 frames a second five are left out.
    for (const { dropped } of copies) expect(dropped).toBeGreaterThanOrEqual(14);
    const video = await openVideo(copies[0]?.output ?? '');
    expect(video.frameRate).toEqual({ num: 25, den: 1 });
    await video.close();
  });

  it('of HEVC with B-frames, and of a phone that was held upright, are as they are shown', async (context) => {
    needFfmpeg(context);
    const ffmpeg = (await findSystemFfmpeg()) as SystemFfmpeg;
    if (!ffmpeg.encoders.has('libx265')) context.skip('this ffmpeg has no libx265');
    const hevc = [
      '-c:v',
      'libx265',
      '-preset',
      'ultrafast',
      '-x265-params',
      'bframes=3:log-level=none',
      '-tag:v',
      'hvc1',
    ];
    run('-i', path('b.mp4'), ...hevc, path('phone.mov'));
    run(
      '-i',
      path('c.mp4'),
      '-vf',
      'transpose=2',
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-crf',
      '15',
      path('up.mp4'),
    );
    turnBy90(path('up.mp4'));
    const copies = await written('phones', ['a.mp4', 'phone.mov', 'up.mp4'].map(path));
    const report = await verify(
      copies.map(({ output }) => output),
      { toleranceUs: PERIOD_US / 2 + 200 },
    );
    expect(report).toMatchObject({ frames: 89 });
    expect(report.pairs[0]).toMatchObject({ matched: 89 });
    expect(report.pairs[1]?.matched).toBeGreaterThanOrEqual(74);
  });
});

describe('colours', () => {
  /** Means of the planes of the first picture. */
  const means = async (video: VideoFile): Promise<number[]> => {
    try {
      for await (const { width, height, data } of video.pictures()) {
        const luma = width * height;
        const planes = [data.subarray(0, luma), data.subarray(luma, 1.25 * luma), data.subarray(1.25 * luma)];
        return planes.map((plane) => plane.reduce((sum, value) => sum + value, 0) / plane.length);
      }
      return [];
    } finally {
      await video.close();
    }
  };

  it.for([
    ['full range', ['-pix_fmt', 'yuvj420p']],
    ['10 bit', ['-pix_fmt', 'yuv420p10le']],
  ] as const)('of %s are the same by both ways, in limited range', async ([name, format], context) => {
    needFfmpeg(context);
    const ffmpeg = (await findSystemFfmpeg()) as SystemFfmpeg;
    const file = path(`${name.replace(' ', '-')}.mp4`);
    run('-f', 'lavfi', '-i', 'color=0xc04010:s=64x48:d=0.2:r=30', '-c:v', 'libx264', ...format, file);
    const [own, theirs] = [await means(await openVideo(file)), await means(await openWithFfmpeg(ffmpeg, file))];
    // BT.601 of that colour: ITU-R BT.601 in 16 to 235.
    for (const [i, expected] of [99, 88, 188].entries()) {
      expect(Math.abs((own[i] as number) - expected)).toBeLessThan(3);
      expect(Math.abs((own[i] as number) - (theirs[i] as number))).toBeLessThan(1.5);
    }
  });

  it('that a file tells are told by its copy, by both ways', async (context) => {
    needFfmpeg(context);
    const ffmpeg = (await findSystemFfmpeg()) as SystemFfmpeg;
    const told = ['-color_primaries', 'bt2020', '-color_trc', 'arib-std-b67', '-colorspace', 'bt2020nc'];
    run('-i', path('a.mp4'), '-c:v', 'libx264', '-preset', 'ultrafast', ...told, path('hlg.mp4'));
    const [, copy] = await written('hlg', ['b.mp4', 'hlg.mp4'].map(path));
    for (const file of [path('hlg.mp4'), copy?.output ?? '']) {
      for (const video of [await openVideo(file), await openWithFfmpeg(ffmpeg, file)]) {
        expect(video.colours).toEqual({ primaries: 9, transfer: 18, matrix: 9 });
        await video.close();
      }
    }
  });
});

describe('sound', () => {
  /** Claps at these moments, s, beside a file's pictures. */
  const withClaps = (from: string, to: string, at: readonly number[]): string => {
    const rings = at.map((s, i) => `if(between(t,${s},${s + 0.3}),0.8*random(${i + 1})*exp(-60*(t-${s})))`).join('+');
    const sound = ['-f', 'lavfi', '-i', `aevalsrc='0.003*random(0)+${rings}':s=48000`];
    run('-i', path(from), ...sound, '-c:v', 'copy', '-c:a', 'aac', '-b:a', '192k', '-shortest', path(to));
    return path(to);
  };
  /** A file's sound: when its first sample is, us, and its samples, 48000 a second. */
  const soundOf = async (file: string) => {
    const pieces: number[] = [];
    const kind = await readSound(file, ({ samples }) => void pieces.push(...samples));
    return { startUs: kind?.startUs ?? Number.NaN, samples: pieces };
  };
  type Sound = Awaited<ReturnType<typeof soundOf>>;

  /** How much later than `fromUs` says a copy has what is at a moment of its file, us: where they fit best. */
  function lagUs(own: Sound, copy: Sound, atUs: number, fromUs: number): number {
    const place = ({ startUs }: Sound, us: number) => Math.round(((us - startUs) * 48) / 1000);
    const [from, to] = [place(own, atUs), place(copy, atUs - fromUs)];
    const overlap = (lag: number): number => {
      let sum = 0;
      for (let i = 0; i < 4800; i++) sum += (own.samples[from + i] ?? 0) * (copy.samples[to + lag + i] ?? 0);
      return sum;
    };
    const lags = Array.from({ length: 961 }, (_, i) => i - 480);
    const [best] = lags.map((lag) => [overlap(lag), lag] as const).sort(([a], [b]) => b - a);
    return ((best?.[1] ?? Number.NaN) * 1000) / 48;
  }

  it('of copies begins with frame 0, to a millisecond, and that of a recorder alone too', async (context) => {
    needFfmpeg(context);
    const a = withClaps('a.mp4', 'claps-a.mp4', [1, 2.4]);
    const b = withClaps('b.mp4', 'claps-b.mp4', [0.4877, 1.8877]);
    const wav = path('recorder.wav');
    run('-i', a, '-ss', '0.76', '-vn', '-ac', '1', '-c:a', 'pcm_s16le', wav);
    const { files, written: copies } = await align([a, b, wav], { by: 'clap', write: path('claps') });
    expect(copies?.files.map(({ sound }) => sound)).toEqual([true, true, true]);
    // All begin with the recorder, at 0.76 s: with the frame of the first file that is nearest.
    const beginUs = 23 * PERIOD_US;
    for (const [i, clapUs] of [1e6, 487_700, 240_000].entries()) {
      const { file, startUs } = files[i] as (typeof files)[number];
      const output = copies?.files[i]?.output ?? '';
      const lag = lagUs(await soundOf(file), await soundOf(output), clapUs, beginUs - startUs);
      expect(Math.abs(lag)).toBeLessThan(100);
    }
    expect(copies?.files[2]).toMatchObject({ frames: 0, output: join(path('claps'), 'recorder.wav') });
    expect((await readContainer(join(path('claps'), 'recorder.wav'))).sound).toBe('pcm_s24le');
  });

  it('that goes 400 ppm fast is as long as it was in truth, by both ways', async (context) => {
    needFfmpeg(context);
    const own = path('fast.wav');
    run('-f', 'lavfi', '-i', "aevalsrc='if(between(t,59,59.1),random(1)-0.5)':s=48000:d=60", own);
    for (const way of ['node-av', 'ffmpeg'] as const) {
      const cut = path(`${way}.wav`);
      expect(await cutSound(own, cut, { fromUs: 0, toUs: 60e6, stretch: 1 / 1.0004, as: 'wav', way })).toBe(true);
      const copy = await soundOf(cut);
      expect(copy.samples.length / 48_000).toBeCloseTo(60 / 1.0004, 3);
      expect(copy.samples.findIndex((sample) => Math.abs(sample) > 0.05) / 48_000).toBeCloseTo(59 / 1.0004, 3);
    }
  });

  it('stands beside all pictures of a file that it is joined to, by both ways', async (context) => {
    needFfmpeg(context);
    const sound = path('tone.m4a');
    run('-f', 'lavfi', '-i', 'sine=r=48000:d=2', '-c:a', 'aac', sound);
    const both = path('both.mka');
    run('-i', sound, '-f', 'lavfi', '-i', 'sine=r=48000:d=1', '-map', '0:a', '-map', '1:a', '-c:a', 'aac', both);
    for (const way of ['node-av', 'ffmpeg'] as const) {
      const output = path(`joined-${way}.mp4`);
      const rate = { num: 30_000, den: 1001 };
      const further = [path(`second-${way}.m4a`)];
      const cut = { fromUs: 0, toUs: 2e6, stretch: 1, as: 'aac', way } as const;
      expect(await cutSound(both, further[0] as string, { ...cut, track: 1 })).toBe(true);
      expect(await cutSound(both, path('third.m4a'), { ...cut, track: 2 })).toBe(false);
      await joinSound(output, { video: path('b.mp4'), sound, further, frameRate: rate, name: 'left', way });
      expect((await readContainer(output)).sounds).toBe(2);
      expect(await countFrames(output)).toBe(89);
      const [tone, joined] = [await soundOf(sound), await soundOf(output)];
      expect(joined.startUs).toBe(tone.startUs);
      expect(joined.samples.length).toBe(tone.samples.length);
      const video = await openVideo(output);
      expect(video.frameRate).toEqual(rate);
      await video.close();
    }
  });

  it('is none of a file without any', async (context) => {
    needFfmpeg(context);
    for (const way of ['node-av', 'ffmpeg'] as const) {
      const cut = { fromUs: 0, toUs: 1e6, stretch: 1, as: 'aac', way } as const;
      expect(await cutSound(path('a.mp4'), path('none.m4a'), cut)).toBe(false);
      expect(existsSync(path('none.m4a'))).toBe(false);
    }
  });
});

describe('what is refused', () => {
  const two = () => ['a.mp4', 'b.mp4'].map(path);
  const refused = async (more: object, files = two()): Promise<string> => {
    const error = await align(files, { by: 'clock', write: path('refused'), ...more }).then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error?.message.split('\n')).toHaveLength(1);
    return error?.message ?? '';
  };

  it('names the option or the file, and what would be right; no folder is left', async () => {
    expect(await refused({ rate: 'fast' })).toMatch(/^rate fast: give frames a second up to 1000, such as 25/);
    expect(await refused({ rate: 0 })).toMatch(/^rate 0: give/);
    expect(await refused({ write: '' })).toBe('write : is empty; give a folder');
    expect(await refused({ write: path('a.mp4') })).toMatch(/a\.mp4: can't be written: /);
    expect(await refused({ write: home })).toMatch(/a\.mp4 is one of the files, or beside one; give another folder/);
    expect(await refused({ write: undefined, rate: 25 })).toBe('rate 25: is about copies; give write as well');
    mkdirSync(path('other'), { recursive: true });
    writeFileSync(path('other/a.mov'), readFileSync(path('a.mp4')));
    expect(await refused({}, [path('a.mp4'), path('other/a.mov')])).toMatch(/both copies would be .*give one of them/);
    // The times beside a file are not replaced by those of its copy.
    writeFileSync(path('other/a.frames.csv'), 'index\n0\n');
    expect(await refused({ write: path('other'), force: true }, [path('other/a.mov'), path('b.mp4')])).toMatch(
      /a\.frames\.csv is one of the files, or beside one/,
    );
    expect(existsSync(path('refused'))).toBe(false);
  });

  it('is a copy that is there already, unless it is to be replaced', async () => {
    mkdirSync(path('full'));
    writeFileSync(path('full/b.mp4'), 'precious');
    expect(await refused({ write: path('full') })).toMatch(/b\.mp4 is there already; give another folder, or force to/);
    expect(readFileSync(path('full/b.mp4'), 'utf8')).toBe('precious');
    const copies = await written('full', two(), { force: true });
    expect(await countFrames(copies[1]?.output ?? '')).toBe(89);
  });

  it('names the copy that does not fit the disk, and leaves nothing there', async (context) => {
    const why = noSmallDisk();
    if (why !== undefined) context.skip(why);
    const disk = mountSmallDisk(1 << 17);
    try {
      const failure = await align(two(), { by: 'clock', write: disk.folder }).then(
        () => undefined,
        (error: Error) => error,
      );
      expect(failure).toBeInstanceOf(FailureError);
      expect(failure?.message).toMatch(/^\S+\/[ab]\.mp4: [^\n]*no space left on device$/i);
      expect(failure?.message).not.toContain('.align-');
      expect(readdirSync(disk.folder)).toEqual([]);
    } finally {
      disk.unmount();
    }
  });

  it('leaves nothing behind where it is ended half-way', async () => {
    const ending = new AbortController();
    const reason = new Error('enough');
    const onWritten = (_: string, done: number): void => {
      if (done > 0) ending.abort(reason);
    };
    const options = { by: 'clock', write: path('ended'), signal: ending.signal, onWritten } as const;
    await expect(align(two(), options)).rejects.toBe(reason);
    expect(existsSync(path('ended'))).toBe(false);
  });
});
