import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../src/errors.ts';
import { AnnexBSplitter } from '../src/libav/annex-b.ts';
import { openVideo } from '../src/libav/decode.ts';
import { remuxH264 } from '../src/libav/remux.ts';
import { planConform } from '../src/record/conform/plan.ts';
import { type Conformed, conformH264, countPictures } from '../src/record/conform.ts';
import { nodeAvBackend } from '../src/record/encoders/node-av.ts';
import { eachBackend } from './support/encoding.ts';
import { readMark, testPicture } from './support/pictures.ts';
import { need } from './support/program.ts';

const RATE = { num: 30000, den: 1001 };
const folder = mkdtempSync(join(tmpdir(), 'conform-'));
let files = 0;
const name = (ending: string): string => join(folder, `${files++}.${ending}`);
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/**
 * Elementary H.264 as a stock camera writes it: only what was captured, a keyframe every `intra` pictures, whatever
 * their slots are.
 */
async function record(slots: readonly number[], intra = 10): Promise<string> {
  const file = name('h264');
  const encoder = await nodeAvBackend.open({ file, width: 320, height: 240, frameRate: RATE, intra });
  for (const [i, slot] of slots.entries()) await encoder.write(testPicture(slot + 14), i);
  await encoder.close();
  return file;
}

/** What each frame of a file shows: the slot's mark, or `black`; and whether all times are those of slots. */
async function look(file: string): Promise<{ marks: (number | 'black')[]; exact: boolean }> {
  const video = await openVideo(file);
  const marks: (number | 'black')[] = [];
  let exact = true;
  for await (const { luma, ptsUs, index } of video.frames()) {
    const [mark, brightest] = [readMark(luma), Math.max(...luma.data)];
    marks.push(brightest < 20 ? 'black' : mark);
    exact &&= Math.abs(ptsUs - (index * 1001e6) / 30000) < 1;
  }
  await video.close();
  return { marks, exact };
}

/** What the frames are to show: each slot its own picture, or the one before. */
function shownBy(slots: readonly number[], frames: number): (number | 'black')[] {
  let shown: number | 'black' = 'black';
  return range(0, frames).map((slot) => {
    if (slots.includes(slot)) shown = slot % 14;
    return shown;
  });
}

describe('conform with', () => {
  eachBackend((backend) => {
    const conform = async (
      slots: readonly number[],
      frames: number,
      intra?: number,
    ): Promise<Conformed & { output: string }> => {
      const [input, output] = [await record(slots, intra), name('mp4')];
      const before = readFileSync(input);
      const done = await conformH264(input, output, { frameRate: RATE, frames, slots, encoder: backend });
      expect(await look(output)).toEqual({ marks: shownBy(slots, frames), exact: true });
      expect(readFileSync(input)).toEqual(before);
      return { ...done, output };
    };

    it('copies a file without a hole, and cuts what is behind its end', async () => {
      const done = await conform(range(0, 45), 40);
      expect(done).toMatchObject({ frames: 40, copied: true, reencodedFrames: 0, captured: 40, repeated: [] });
    });

    it('fills holes with the picture before, and encodes up to the next keyframe alone', async () => {
      // Keyframes are the pictures 0, 10, 20 and 30 of the file: slots 0, 11, 22 and 32.
      const slots = range(0, 45).filter((slot) => slot !== 4 && slot !== 21);
      const done = await conform(slots, 45);
      expect(done.repeated).toEqual([4, 21]);
      expect(done).toMatchObject({ copied: false, reencodedFrames: 7 + 1, captured: 43 });
    });

    it('is black before a late first picture, and holds the last one to the end', async () => {
      const done = await conform(range(3, 25), 40);
      expect(done.repeated).toEqual([0, 1, 2, ...range(25, 40)]);
      // Black, and the repeats behind the last group of pictures.
      expect(done.reencodedFrames).toBe(3 + 15);
    });

    it('begins in the middle of a group of pictures where the camera began early', async () => {
      const done = await conform(range(-4, 30), 30);
      expect(done).toMatchObject({ copied: false, reencodedFrames: 6, captured: 30, repeated: [] });
    });

    it('makes files in which FFmpeg decodes as many frames as the container says, without a complaint', async (context) => {
      need(context, 'ffmpeg', 'ffprobe');
      const slots = range(2, 60).filter((slot) => slot % 13 !== 5);
      const { output } = await conform(slots, 64);
      const count =
        'ffprobe -v error -count_frames -select_streams v -show_entries stream=nb_read_frames,nb_frames -of csv=p=0';
      const [command = '', ...args] = count.split(' ');
      expect(execFileSync(command, [...args, output], { encoding: 'utf8' }).trim()).toBe('64,64');
      expect(execFileSync('ffmpeg', ['-v', 'error', '-i', output, '-f', 'null', '-'], { encoding: 'utf8' })).toBe('');
    });
  });
});

describe('conforming', () => {
  it('encodes whole what has no second keyframe', async () => {
    const slots = range(0, 30).filter((slot) => slot !== 3);
    const [input, output] = [await record(slots, 1000), name('mp4')];
    const done = await conformH264(input, output, { frameRate: RATE, frames: 30, slots });
    expect(done).toMatchObject({ reencodedFrames: 27, repeated: [3] });
    expect((await look(output)).marks).toEqual(shownBy(slots, 30));
  });

  it('counts the first of two frames in a slot', async () => {
    const input = await record([0, 1, 2, 3, 4, 5]);
    const output = name('mp4');
    const done = await conformH264(input, output, { frameRate: RATE, frames: 5, slots: [0, 1, 1, 2, 3, 4] });
    expect((await look(output)).marks).toEqual([0, 1, 3, 4, 5]);
    expect(done).toMatchObject({ captured: 5, repeated: [] });
  });

  it('leaves out pictures that no slot is known of, and reports how far it is', async () => {
    const [input, output] = [await record(range(0, 200), 30), name('mp4')];
    const seen: [number, number][] = [];
    const onProgress = (done: number, total: number): number => seen.push([done, total]);
    await conformH264(input, output, { frameRate: RATE, frames: 150, slots: range(0, 140), onProgress });
    expect((await look(output)).marks).toEqual(shownBy(range(0, 140), 150));
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.at(-1)).toEqual([150, 150]);
  });

  it('keeps cropped sizes and colours in what is encoded anew', async (context) => {
    need(context, 'ffmpeg', 'ffprobe');
    const [input, output] = [name('h264'), name('mp4')];
    const colours = 'x264-params colorprim=smpte170m:transfer=bt709:colormatrix=smpte170m';
    const args = `-v error -f lavfi -i color=red:size=320x180:rate=30 -frames:v 12 -c:v libx264 -bf 0 -${colours} -f h264 -y`;
    execFileSync('ffmpeg', [...args.split(' '), input]);
    const slots = range(0, 12).map((i) => (i < 4 ? i : i + 1));
    const done = await conformH264(input, output, { frameRate: RATE, frames: 13, slots });
    expect(done.reencodedFrames).toBe(9);
    const entries = 'frame=width,height,color_primaries,color_transfer,color_space';
    const show = ['-v', 'error', '-show_entries', entries, '-of', 'csv=p=0', output];
    // A frame with SEI has a line more, and a comma.
    const lines = execFileSync('ffprobe', show, { encoding: 'utf8' }).split('\n');
    const frames = lines.filter((line) => line.startsWith('3')).map((line) => line.replace(/,$/, ''));
    expect(frames).toHaveLength(13);
    expect(new Set(frames)).toEqual(new Set(['320,180,smpte170m,smpte170m,bt709']));
  });

  it('takes the file of a killed process, whose last picture is cut', async () => {
    const input = await record(range(0, 30));
    truncateSync(input, readFileSync(input).length - 20);
    const output = name('mp4');
    expect(await countPictures(input)).toBe(30);
    await conformH264(input, output, { frameRate: RATE, frames: 30, slots: range(0, 29) });
    expect((await look(output)).marks).toEqual(shownBy(range(0, 29), 30));
  });

  it('refuses what it can not use in a line that names the file, and leaves no output', async (context) => {
    need(context, 'ffmpeg');
    const output = name('mp4');
    const attempt = (input: string): Promise<Conformed> =>
      conformH264(input, output, { frameRate: RATE, frames: 10, slots: range(0, 10) });
    const bFrames = name('h264');
    const args = '-v error -f lavfi -i testsrc2=size=160x120:rate=30 -frames:v 20 -c:v libx264 -bf 2 -f h264 -y';
    execFileSync('ffmpeg', [...args.split(' '), bFrames]);
    await expect(attempt(bFrames)).rejects.toThrow(`${bFrames}: has B-frames`);
    const empty = name('h264');
    writeFileSync(empty, '');
    await expect(attempt(empty)).rejects.toThrow(`${empty}: holds no picture of H.264`);
    await expect(attempt('/nowhere/a.h264')).rejects.toThrow('/nowhere/a.h264: no such file');
    const early = await record([0, 1]);
    await expect(conformH264(early, output, { frameRate: RATE, frames: 9, slots: [-2, -1] })).rejects.toThrow(
      UsageError,
    );
    expect(() => readFileSync(output)).toThrow('ENOENT');
  });
});

describe('the plan', () => {
  it('covers every slot once, copies whole runs from keyframes, and shows the newest picture', () => {
    const unit = fc.record({ step: fc.integer({ min: 0, max: 3 }), keyframe: fc.boolean() });
    const input = fc.record({
      units: fc.array(unit, { maxLength: 40 }),
      first: fc.integer({ min: -5, max: 5 }),
      frames: fc.integer({ min: 1, max: 50 }),
    });
    fc.assert(
      fc.property(input, ({ units, first, frames }) => {
        let at = first;
        const slots = units.map(({ step }, i) => {
          at += i === 0 ? 0 : step;
          return at;
        });
        const isKeyframe = (i: number): boolean => i === 0 || (units[i]?.keyframe ?? false);
        const { segments, repeated } = planConform(slots, isKeyframe, frames);
        const shown = segments.flatMap((segment) =>
          segment.kind === 'encode' ? segment.shown : range(0, segment.to - segment.from).map((i) => segment.unit + i),
        );
        const expected = range(0, frames).map((slot) => {
          const past = slots.filter((each) => each >= 0 && each <= slot);
          return past.length === 0 ? slots.findLastIndex((each) => each < 0) : slots.indexOf(past.at(-1) ?? 0);
        });
        expect(shown).toEqual(expected);
        expect(segments.flatMap(({ from, to }) => range(from, to))).toEqual(range(0, frames));
        for (const segment of segments) if (segment.kind === 'copy') expect(isKeyframe(segment.unit)).toBe(true);
        expect(repeated).toEqual(range(0, frames).filter((slot) => !slots.includes(slot)));
      }),
    );
  });
});

describe('remuxH264', () => {
  it.for(['node-av', 'ffmpeg'] as const)('gives each frame the time of its slot, with %s', async (backend, context) => {
    if (backend === 'ffmpeg') need(context, 'ffmpeg');
    const input = await record(range(0, 50));
    for (const ending of ['mp4', 'mov', 'mkv']) {
      const output = name(ending);
      const copied = await remuxH264(input, output, { frameRate: RATE, firstSlot: 7, frames: 40, way: backend });
      const video = await openVideo(output);
      const times: number[] = [];
      for await (const { ptsUs } of video.frames()) times.push(ptsUs);
      await video.close();
      expect([copied, times.length], ending).toEqual([40, 40]);
      // Matroska counts whole ms.
      const tolerance = ending === 'mkv' ? 501 : 0.01;
      for (const [k, us] of times.entries()) expect(Math.abs(us - ((7 + k) * 1001e6) / 30000)).toBeLessThan(tolerance);
    }
  });

  it('copies the pictures to the byte', async (context) => {
    need(context, 'ffmpeg');
    const [input, output, back] = [await record(range(0, 20)), name('mp4'), name('h264')];
    await remuxH264(input, output, { frameRate: RATE });
    execFileSync('ffmpeg', ['-v', 'error', '-i', output, '-c', 'copy', '-bsf:v', 'h264_mp4toannexb', '-y', back]);
    const slices = (file: string): string[] => {
      const splitter = new AnnexBSplitter();
      const units = [...splitter.push(readFileSync(file)), ...splitter.end()];
      return units.map(({ bytes }) => Buffer.from(bytes.subarray(-40)).toString('hex'));
    };
    expect(slices(back)).toEqual(slices(input));
  });
});
