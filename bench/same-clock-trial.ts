import type { Picture } from '../src/camera/picture.ts';
import { PixelClockReader } from '../src/pixel-clock/read.ts';
import { type Likeness, likeness } from '../src/verify/same-clock.ts';
import { coded, type Drawn, pasted, recorded } from './drawn-files.ts';
import { random } from './pixel-clock-scene.ts';
import type { X264Options } from './pixel-clock-trial.ts';

/** Two cameras, or a camera and what somebody made of its file. */
export interface TwoFiles extends Drawn {
  /** What each camera encodes with. */
  readonly encoders: readonly [X264Options, X264Options];
  /** Each frame of the second camera is apart from the first's by `constantUs`, and up to `jitterUs` either way. */
  readonly constantUs?: number;
  readonly jitterUs?: number;
  /**
   * The second file is the first one, encoded again; or its own picture with the first one's panel over it, encoded
   * again.
   */
  readonly made?: 'copy' | 'paste';
}

/** One block, and a frame for what stands at its ends. */
const FRAMES = 60;
const PERIOD_US = 33_326.9;

/** How alike the errors of two files' panels are. */
export function likenessOf(files: TwoFiles): Likeness {
  const { width, height, seed, encoders, constantUs = 0, jitterUs = 0, made } = files;
  const next = random(seed);
  const startUs = 1e9 + next() * 1e12;
  const times = Array.from({ length: FRAMES }, (_, i) => startUs + i * PERIOD_US);
  const apart = times.map((us) => us + constantUs + jitterUs * (2 * next() - 1));
  const first = coded(recorded(0, times, files), encoders[0]);
  const own = (): Picture[] => recorded(1, made ? apart.map((us) => us + 3000) : apart, files);
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

/** The errors of the panel's cells, a frame each; undefined where it can't be read. */
function cellErrors(pictures: readonly Picture[]): (Int16Array | undefined)[] {
  const reader = new PixelClockReader();
  return pictures.map(
    ({ width, height, data }) =>
      reader.read({ data: data.subarray(0, width * height), width, height, stride: width })?.cellErrors,
  );
}
