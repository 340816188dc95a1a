import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { random } from '../bench/pixel-clock-scene.ts';
import { type Alignment, align } from '../src/align/align.ts';
import { pictureBytes } from '../src/camera/picture.ts';
import { openVideo } from '../src/libav/decode.ts';
import { openWithFfmpeg } from '../src/libav/decode-ffmpeg.ts';
import { findSystemFfmpeg, type SystemFfmpeg } from '../src/libav/system-ffmpeg.ts';
import type { VideoFile } from '../src/libav/video-file.ts';
import { drawPixelClock } from '../src/pixel-clock/draw.ts';
import { PixelClockReader } from '../src/pixel-clock/read.ts';
import { nodeAvBackend } from '../src/record/encoders/node-av.ts';
import { monoUs } from '../src/time/units.ts';
import { verify } from '../src/verify/verify.ts';
import { clockVideo } from './support/clock-video.ts';
import { needFfmpeg } from './support/doc-desk.ts';

const home = mkdtempSync(join(tmpdir(), 'genlock-align-files-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const path = (name: string): string => join(home, name);
const run = (...args: string[]): void => {
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...args]);
};

const FRAMES = 90;
const PERIOD_US = 1e6 / 30;
const [WIDTH, HEIGHT] = [320, 240];
/** When frame i is, on the pixel clock. */
const middle = (i: number): number => 5e9 + i * PERIOD_US;

/** A video of the pixel clock, of frames `from` and on. */
async function record(file: string, from: number, frames: number): Promise<void> {
  const frameRate = { num: 30, den: 1 };
  const encoder = await nodeAvBackend.open({ file, width: WIDTH, height: HEIGHT, frameRate });
  for (let slot = 0; slot < frames; slot++) {
    const data = new Uint8Array(pictureBytes(WIDTH, HEIGHT)).fill(128);
    const plane = { data: data.subarray(0, WIDTH * HEIGHT), width: WIDTH, height: HEIGHT, stride: WIDTH };
    const at = middle(from + slot);
    const exposure = { startUs: monoUs(at - 500), endUs: monoUs(at + 500), rowUs: 0 };
    drawPixelClock(plane, { x: 61, y: 181, unit: 4 }, exposure);
    await encoder.write({ width: WIDTH, height: HEIGHT, data }, slot);
  }
  await encoder.close();
}

/** Which frames a file shows, by the pixel clock in them. */
async function framesOf(video: VideoFile): Promise<(number | undefined)[]> {
  const reader = new PixelClockReader();
  const frames: (number | undefined)[] = [];
  try {
    for await (const { luma } of video.frames()) {
      const us = reader.read(luma)?.timeUs;
      frames.push(us === undefined ? undefined : Math.abs(Math.round((us - 5e9) / PERIOD_US)));
    }
    return frames;
  } finally {
    await video.close();
  }
}

const second = ({ files }: Alignment): Alignment['files'][number] => files[1] as Alignment['files'][number];

beforeAll(async () => {
  await record(path('a.mp4'), 0, FRAMES);
  await record(path('late.mp4'), 7, FRAMES - 7);
});

describe('files that do not start at 0', () => {
  const names = ['copy.ts', 'late.ts', 'copy.mkv', 'b-frames.mp4', 'offset.mp4'] as const;
  /** Makes them, once. */
  const made = new Set<string>();
  const file = (name: (typeof names)[number], context: TestContext): string => {
    needFfmpeg(context);
    if (made.has(name)) return path(name);
    const copy = ['-c', 'copy', path(name)];
    if (name === 'late.ts') run('-i', path('late.mp4'), ...copy);
    else if (name === 'offset.mp4') run('-itsoffset', '2.345', '-i', path('late.mp4'), '-use_editlist', '0', ...copy);
    else if (name === 'b-frames.mp4') {
      run('-i', path('a.mp4'), '-c:v', 'libx264', '-bf', '2', '-use_editlist', '0', path(name));
    } else run('-i', path('a.mp4'), ...copy);
    made.add(name);
    return path(name);
  };

  it.for(names)('%s and another are cut by ffmpeg -ss so that all begin with the same frame', async (name, context) => {
    const files = [path('a.mp4'), file(name, context)];
    for (const given of [files, [...files].reverse()]) {
      const aligned = await align(given, { by: 'clock' });
      const shown = [];
      for (const [i, { cutUs, file: from }] of aligned.files.entries()) {
        const cut = path(`cut${i}.mp4`);
        run('-ss', (cutUs / 1e6).toFixed(6), '-i', from, '-c:v', 'libx264', '-preset', 'ultrafast', cut);
        shown.push(await framesOf(await openVideo(cut)));
      }
      const first = name.startsWith('late') || name === 'offset.mp4' ? 7 : 0;
      const expected = Array.from({ length: FRAMES - first }, (_, i) => first + i);
      expect(shown).toEqual([expected, expected]);
    }
  });

  it('show frame N as frame N, as every reader counts, and a note says where their time begins', async (context) => {
    const report = await verify([path('a.mp4'), file('copy.ts', context)]);
    expect(report).toMatchObject({ frames: FRAMES, pairs: [{ matched: FRAMES, startOffsetUs: 0, maxUs: 0 }] });
    // It is a copy, and no second camera.
    expect(report.reasons).toEqual([expect.stringContaining('hold the same pictures')]);
    expect(report.notes.join()).toMatch(/copy\.ts: its own time begins at 1\.\d{6} s with frame 0/);
    const late = await verify([path('a.mp4'), file('late.ts', context)]);
    expect(late.verdict).toBe('not locked');
    expect(late.notes.join()).toContain('late.ts: all of it is 7 frames late');
  });
});

describe('a file that is a list of others', () => {
  const lists = {
    'list.mp4': 'ffconcat version 1.0\nfile a.mp4\n',
    'hls.mp4': '#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\na.mp4\n#EXT-X-ENDLIST\n',
  } as const;

  it.for(Object.keys(lists) as (keyof typeof lists)[])(
    '%s is no video: what it names is not opened, by either decoder',
    async (name, context) => {
      needFfmpeg(context);
      writeFileSync(path(name), lists[name]);
      await expect(openVideo(path(name))).rejects.toThrow(name);
      await expect(openWithFfmpeg((await findSystemFfmpeg()) as SystemFfmpeg, path(name))).rejects.toThrow(name);
      await expect(align([path('a.mp4'), path(name)])).rejects.toThrow(name);
    },
  );
});

describe('portrait phones', () => {
  const ROTATIONS = { 90: [0, 1, -1, 0], 180: [-1, 0, 0, -1], 270: [0, -1, 1, 0] } as const;
  /** The first file with its pictures stored in another direction, and a display matrix that turns them back. */
  const turned = (degrees: keyof typeof ROTATIONS): string => {
    const file = path(`turned${degrees}.mp4`);
    const filter = { 90: 'transpose=2', 180: 'hflip,vflip', 270: 'transpose=1' }[degrees];
    run('-i', path('a.mp4'), '-vf', filter, '-c:v', 'libx264', '-preset', 'ultrafast', file);
    const bytes = readFileSync(file);
    const matrix = bytes.indexOf('tkhd') + 4 + 40;
    const [a, b, c, d] = ROTATIONS[degrees];
    for (const [i, value] of [a, b, 0, c, d, 0].entries()) bytes.writeInt32BE(value * 65536, matrix + 4 * i);
    writeFileSync(file, bytes);
    return file;
  };

  it.for([90, 180, 270] as const)(
    'held by %d degrees are read as they are shown, by both decoders',
    async (degrees, context) => {
      needFfmpeg(context);
      const ffmpeg = (await findSystemFfmpeg()) as SystemFfmpeg;
      const file = turned(degrees);
      const all = Array.from({ length: FRAMES }, (_, i) => i);
      for (const video of [await openVideo(file), await openWithFfmpeg(ffmpeg, file)]) {
        expect([video.width, video.height]).toEqual([WIDTH, HEIGHT]);
        expect(await framesOf(video)).toEqual(all);
      }
      expect(Math.abs(second(await align([path('a.mp4'), file], { by: 'clock' })).startUs)).toBeLessThan(200);
    },
  );
});

describe('times beside a file', () => {
  const START_NS = 1_795_000_000_000_000_000n;
  const stamps = (frames: number, from = 0): bigint[] =>
    Array.from({ length: frames }, (_, i) => START_NS + BigInt(Math.round((from + i) * PERIOD_US * 1000)));
  const tell = (name: string, wallNs: readonly bigint[]): void =>
    writeFileSync(path(name), JSON.stringify(wallNs.map(String).map((ns) => ({ FrameWallClock: ns }))));
  /** A bare stream of the first file's, its times beside it. */
  const bare = (name: string, times: readonly number[], header = ''): string => {
    run('-i', path('a.mp4'), '-c', 'copy', '-bsf:v', 'h264_mp4toannexb', path(`${name}.h264`));
    writeFileSync(path(`${name}.pts`), header + times.map((us) => `${(us / 1000).toFixed(3)}\n`).join(''));
    return path(`${name}.h264`);
  };
  const even = Array.from({ length: FRAMES }, (_, i) => i * PERIOD_US);

  it('are those of its frames where they are as many', async () => {
    tell('a.metadata.json', stamps(FRAMES));
    tell('late.metadata.json', stamps(FRAMES - 7, 7));
    const aligned = second(await align([path('a.mp4'), path('late.mp4')], { by: 'sidecar' }));
    expect(Math.abs(aligned.startUs - 7 * PERIOD_US)).toBeLessThan(20);
  });

  it('are refused where one is too many and any may be it', async () => {
    tell('a.metadata.json', stamps(FRAMES));
    tell('late.metadata.json', stamps(FRAMES - 6, 6));
    await expect(align([path('a.mp4'), path('late.mp4')], { by: 'sidecar' })).rejects.toThrow(
      `late.metadata.json: has times of ${FRAMES - 6} frames, ${path('late.mp4')} ${FRAMES - 7} frames: which is of which is not certain`,
    );
  });

  it('of a bare stream are placed where lines are missing in the middle', async (context) => {
    needFfmpeg(context);
    const file = bare(
      'five-missing',
      even.filter((_, i) => i < 40 || i > 44),
      '# timecode format v2\n',
    );
    const aligned = second(await align([path('a.mp4'), file], { by: 'clock' }));
    expect(Math.abs(aligned.startUs)).toBeLessThan(100);
    expect(Math.abs(aligned.ratePpm ?? Number.NaN)).toBeLessThan(20);
  });

  it('of a bare stream are refused where any line may be the one too many', async (context) => {
    needFfmpeg(context);
    const file = bare('one-more', [-PERIOD_US, ...even]);
    await expect(align([path('a.mp4'), file], { by: 'clock' })).rejects.toThrow(
      `one-more.pts: has ${FRAMES + 1} times, ${file} ${FRAMES} frames`,
    );
  });

  it('that no clock goes by are refused: slow motion, or another file', async (context) => {
    needFfmpeg(context);
    const file = bare(
      'slow',
      even.map((us) => us * 1.002),
    );
    await expect(align([path('a.mp4'), file], { by: 'clock' })).rejects.toThrow(
      /slow\.h264: its time would go \+2\d{3} ppm against the pixel clock, which no clock does/,
    );
  });

  it.for([
    ['seconds', 1e-3, '-99\\d{4}'],
    ['us', 1e3, '\\+99\\d{7}'],
    ['slow motion of four times', 4, '\\+[23]\\d{6}'],
  ] as const)('that are in %s are refused', async ([name, factor, ppm], context) => {
    needFfmpeg(context);
    const file = bare(
      name.replaceAll(' ', '-'),
      even.map((us) => us * factor),
    );
    await expect(align([path('a.mp4'), file], { by: 'clock' })).rejects.toThrow(
      new RegExp(`its time would go ${ppm} ppm against the pixel clock, which no clock does`),
    );
  });

  it.each([
    ['{"half": 1', "holds no entry of rpicam-vid's --metadata"],
    ['[{"ExposureTime": 100}]', 'none of its 1 entries has a time (FrameWallClock or SensorTimestamp'],
  ])('%s: the error names the file that is there and what is wrong in it', async (text, message) => {
    writeFileSync(path('late.metadata.json'), text);
    await expect(align([path('late.mp4'), path('a.mp4')], { by: 'sidecar' })).rejects.toThrow(
      `late.metadata.json: ${message}`,
    );
  });
});

describe('a picture that is upside down', () => {
  it('is on the timeline of the upright one, by the row that comes first', async (context) => {
    needFfmpeg(context);
    await clockVideo(path('rolling.mp4'), { frames: 30, rowUs: 96 });
    run(
      '-i',
      path('rolling.mp4'),
      '-vf',
      'vflip',
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-crf',
      '18',
      path('flipped.mp4'),
    );
    const aligned = second(await align([path('rolling.mp4'), path('flipped.mp4')], { by: 'clock' }));
    // A picture's last row is 23 ms behind its first.
    expect(Math.abs(aligned.startUs)).toBeLessThan(500);
  });
});

describe('sound', () => {
  const RATE = 48_000;
  const CLAPS = [1.1, 2.4, 4.3, 26, 27.7, 28.4];
  /** A recorder's file with claps at these times, s. */
  const recorder = (name: string, at: readonly number[], seed: number): string => {
    const next = random(seed);
    const noise = (): number => 0.002 * Math.sqrt(3) * (next() + next() + next() + next() - 2);
    const samples = Float32Array.from({ length: 30 * RATE }, noise);
    for (const [k, s] of at.entries()) {
      const clap = random(100 + k);
      for (let i = Math.ceil(s * RATE); i < (s + 0.2) * RATE; i++) {
        samples[i] = (samples[i] as number) + 0.15 * (2 * clap() - 1) * Math.exp(-50 * (i / RATE - s));
      }
    }
    const bytes = Buffer.alloc(44 + 2 * samples.length);
    bytes.write('RIFF', 0);
    bytes.writeUInt32LE(bytes.length - 8, 4);
    bytes.write('WAVEfmt ', 8);
    for (const [at4, value] of [
      [16, 16],
      [24, RATE],
      [28, 2 * RATE],
      [40, 2 * samples.length],
    ] as const) {
      bytes.writeUInt32LE(value, at4);
    }
    for (const [at2, value] of [
      [20, 1],
      [22, 1],
      [32, 2],
      [34, 16],
    ] as const)
      bytes.writeUInt16LE(value, at2);
    bytes.write('data', 36);
    for (const [i, sample] of samples.entries()) bytes.writeInt16LE(Math.round(sample * 32767), 44 + 2 * i);
    writeFileSync(path(name), bytes);
    return path(name);
  };

  it('of a recorder alone and a camera with AAC are aligned in any order, within what is claimed', async (context) => {
    needFfmpeg(context);
    const wav = recorder('rec.wav', CLAPS, 1);
    const PPM = 300;
    const own = recorder(
      'own.wav',
      CLAPS.map((s) => (s - 0.8) * (1 + PPM * 1e-6)),
      2,
    );
    const cam = path('cam.mp4');
    const picture = ['-f', 'lavfi', '-i', 'testsrc=s=160x120:r=30:d=30'];
    const aac = ['-ac', '2', '-c:a', 'aac', '-b:a', '96k', '-c:v', 'libx264', '-preset', 'ultrafast'];
    run(...picture, '-i', own, ...aac, cam);
    for (const [files, startUs] of [
      [[wav, cam], 800_000],
      [[cam, wav], -800_000],
    ] as const) {
      const aligned = await align(files);
      const { points, sigmaUs, startUs: found } = second(aligned);
      expect(aligned.by).toBe('clap');
      expect(points).toBe(CLAPS.length);
      expect(sigmaUs).toBeLessThan(2_500);
      expect(Math.abs(found - startUs)).toBeLessThan(2 * sigmaUs);
      // Sound is cut at the moment, the camera a little before its first frame.
      const cuts = files.map((file) => aligned.files.find((each) => each.file === file)?.cutUs);
      expect(Math.abs((cuts[files.indexOf(wav)] ?? 0) - 799_000)).toBeLessThan(2 * sigmaUs);
      expect(cuts[files.indexOf(cam)]).toBe(0);
    }
    await expect(align([wav, cam], { by: 'clock' })).rejects.toThrow(`${wav}: holds no video`);
  });
});
