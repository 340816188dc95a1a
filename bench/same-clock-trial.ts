import type { Picture } from '../src/camera/picture.ts';
import { Scene } from '../src/camera/virtual/scene.ts';
import { PixelClockReader } from '../src/pixel-clock/read.ts';
import { monoUs } from '../src/time/units.ts';
import { type Likeness, likeness } from '../src/verify/same-clock.ts';
import { random, sensorNoise } from './pixel-clock-scene.ts';
import { H264RoundTrip, type X264Options } from './pixel-clock-trial.ts';

/** Two cameras, or a camera and what somebody made of its file. */
export interface TwoFiles {
  readonly width: number;
  readonly height: number;
  readonly seed: number;
  /** What each camera encodes with. */
  readonly encoders: readonly [X264Options, X264Options];
  /** Each frame of the second camera is apart from the first's by `constantUs`, and up to `jitterUs` either way. */
  readonly constantUs?: number;
  readonly jitterUs?: number;
  /** Noise of both sensors, in levels rms. A virtual camera has none. */
  readonly noise?: number;
  /**
   * The second file is the first one, encoded again; or its own picture with the first one's panel over it, encoded
   * again.
   */
  readonly made?: 'copy' | 'paste';
}

/** One block, and a frame for what stands at its ends. */
const FRAMES = 60;
const PERIOD_US = 33_326.9;
/** An imx219 reads the rows of its picture in 23.3 ms, whatever it is scaled to. */
const READOUT_US = 23_232;
/** Further pixels that are pasted around a panel. */
const RIM = 2;

/** How alike the errors of two files' panels are. */
export function likenessOf(files: TwoFiles): Likeness {
  const { width, height, seed, encoders, constantUs = 0, jitterUs = 0, noise = 0, made } = files;
  const next = random(seed);
  const startUs = 1e9 + next() * 1e12;
  const times = Array.from({ length: FRAMES }, (_, i) => startUs + i * PERIOD_US);
  const apart = times.map((us) => us + constantUs + jitterUs * (2 * next() - 1));
  const first = coded(recorded(0, times, files, noise), encoders[0]);
  const own = (): Picture[] => recorded(1, made ? apart.map((us) => us + 3000) : apart, files, noise);
  const second =
    made === 'copy' ? first : made === 'paste' ? pasted(coded(own(), encoders[0]), first, { width, height }) : own();
  const [a, b] = [cellErrors(first), cellErrors(coded(second, encoders[1]))];
  return likeness(
    a.flatMap((x, i): [Int16Array, Int16Array][] => {
      const y = b[i];
      return x && y ? [[x, y]] : [];
    }),
  );
}

const sceneOf = (seed: number, { width, height }: Pick<Picture, 'width' | 'height'>): Scene =>
  new Scene({ width, height, name: `cam${seed}`, detail: 'imx219 30 fps', seed });

/** What a virtual camera sees at these times of mid-exposure of its first row. */
function recorded(camera: number, timesUs: readonly number[], files: TwoFiles, noise: number): Picture[] {
  const { width, height } = files;
  const scene = sceneOf(camera, files);
  const addNoise = sensorNoise(2 * files.seed + camera);
  return timesUs.map((us) => {
    const picture = scene.render({
      ...{ startUs: monoUs(us - 500), endUs: monoUs(us + 500), rowUs: READOUT_US / height },
    });
    if (noise > 0) addNoise({ data: picture.data.subarray(0, width * height), width, height, stride: width }, noise);
    return picture;
  });
}

/** As they come out of a file. */
function coded(pictures: readonly Picture[], options: X264Options): Picture[] {
  const [{ width, height }] = pictures as [Picture];
  const decoded: Picture[] = [];
  const codec = new H264RoundTrip(width, height, options, ({ data, stride }) => {
    const picture = { width, height, data: new Uint8Array((width * height * 3) / 2).fill(128) };
    for (let y = 0; y < height; y++) picture.data.set(data.subarray(y * stride, y * stride + width), y * width);
    decoded.push(picture);
  });
  for (const picture of pictures) codec.push(picture);
  codec.close();
  return decoded;
}

/** Pictures with the panel of others over their own. */
function pasted(on: readonly Picture[], from: readonly Picture[], size: Pick<Picture, 'width' | 'height'>): Picture[] {
  const { x, y, width, height } = sceneOf(0, size).panel;
  return on.map((picture, i) => {
    const data = new Uint8Array(picture.data);
    for (let row = y - RIM; row < y + height + RIM; row++) {
      const at = row * size.width;
      data.set((from[i] as Picture).data.subarray(at + x - RIM, at + x + width + RIM), at + x - RIM);
    }
    return { ...picture, data };
  });
}

/** The errors of the panel's cells, a frame each; undefined where it can't be read. */
function cellErrors(pictures: readonly Picture[]): (Int16Array | undefined)[] {
  const reader = new PixelClockReader();
  return pictures.map(
    ({ width, height, data }) =>
      reader.read({ data: data.subarray(0, width * height), width, height, stride: width })?.cellErrors,
  );
}
