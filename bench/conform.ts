/**
 * What conforming a stock camera's file costs, in time and in quality:
 *
 *     npx tsx bench/conform.ts [seconds of video, default 30]
 *
 * A scene is encoded as elementary H.264 as stock cameras do (a keyframe a second), then conformed: whole, with 1 % of
 * the frames missing, and with one frame missing early in a file that has no further keyframe, so that nearly all is
 * encoded anew. Speed is in multiples of real time; quality is the PSNR of luma against the drawn pictures over all
 * frames, of the conformed file and of the camera's.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Scene } from '../src/camera/virtual/scene.ts';
import { openVideo } from '../src/libav/decode.ts';
import { conformH264 } from '../src/record/conform.ts';
import { chooseBackend } from '../src/record/encoders/ways.ts';
import { Random } from '../src/sensor/random.ts';
import { monoUs } from '../src/time/units.ts';

const seconds = Number(process.argv[2] ?? 30);
const frameRate = { num: 30, den: 1 };
const count = seconds * 30;
const backend = await chooseBackend();
const folder = mkdtempSync(join(tmpdir(), 'genlock-conform-'));

console.log(`${seconds} s at 30 fps, ${backend.name}, drawn scene`);
console.log('size       case               re-encoded      speed        PSNR     camera');
try {
  for (const [width, height] of [
    [640, 480],
    [1280, 720],
  ] as const)
    await measure(width, height);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(width: number, height: number): Promise<void> {
  const scene = new Scene({ width, height, name: 'cam0', detail: 'imx219 30 fps', seed: 0 });
  const picture = (slot: number) => {
    const startUs = 3_600e6 + slot * 33_333;
    return scene.render({ startUs: monoUs(startUs), endUs: monoUs(startUs + 5_000) });
  };
  for (const [name, intra, present] of cases()) {
    const input = join(folder, 'in.h264');
    const encoder = await backend.open({ file: input, width, height, frameRate, intra });
    // A dropped frame never reaches the camera's encoder.
    for (const [i, slot] of present.entries()) await encoder.write(picture(slot), i);
    await encoder.close();
    const output = join(folder, 'out.mp4');
    const before = performance.now();
    const done = await conformH264(input, output, { frameRate, frames: count, slots: present, encoder: backend });
    const speed = (seconds * 1000) / (performance.now() - before);
    const anew = done.copied
      ? undefined
      : await quality(output, (i) => picture(shown(present, i)).data, width * height);
    const own = await quality(input, (i) => picture(present[i] as number).data, width * height);
    const psnr = (value: number | undefined) => (value === undefined ? '-' : `${value.toFixed(1)} dB`).padStart(10);
    console.log(
      `${`${width}x${height}`.padEnd(10)} ${name.padEnd(18)} ${`${done.reencodedFrames}/${count}`.padStart(9)} ${`${speed.toFixed(1)} x`.padStart(11)} ${psnr(anew)}  ${psnr(own)}`,
    );
  }
}

/** What is missing, and how far keyframes are apart. */
function cases(): [name: string, intra: number, present: number[]][] {
  const all = Array.from({ length: count }, (_, slot) => slot);
  const random = new Random(1);
  return [
    ['whole', 30, all],
    ['1 % missing', 30, all.filter((slot) => slot === 0 || !random.chance(0.01))],
    ['one long group', count, all.filter((slot) => slot !== 5)],
  ];
}

/** The slot whose picture stands in slot `i`. */
function shown(present: readonly number[], i: number): number {
  return present.findLast((slot) => slot <= i) ?? 0;
}

/** PSNR of luma over all frames of a file, in dB. */
async function quality(file: string, original: (frame: number) => Uint8Array, bytes: number): Promise<number> {
  const video = await openVideo(file);
  let squares = 0;
  let frames = 0;
  try {
    for await (const frame of video.frames()) {
      const expected = original(frames++);
      const { data, stride, width, height } = frame.luma;
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++)
          squares += ((data[y * stride + x] as number) - (expected[y * width + x] as number)) ** 2;
    }
  } finally {
    await video.close();
  }
  return 10 * Math.log10(255 ** 2 / (squares / (frames * bytes)));
}
