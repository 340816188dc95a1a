import type { Picture } from '../src/camera/picture.ts';
import { Scene } from '../src/camera/virtual/scene.ts';
import { monoUs } from '../src/time/units.ts';
import { sensorNoise } from './pixel-clock-scene.ts';
import { H264RoundTrip, type X264Options } from './pixel-clock-trial.ts';

/** What is recorded of a scene. */
export interface Drawn {
  readonly width: number;
  readonly height: number;
  /** Of the noise. */
  readonly seed: number;
  /** Of the sensor, in levels rms. Default 0: a virtual camera has none. */
  readonly noise?: number;
  /** Default 1000. */
  readonly exposureUs?: number;
  /** From the picture's first row to its last. Default: 23.2 ms, as an imx219 has, whatever it is scaled to. */
  readonly readoutUs?: number;
}

const READOUT_US = 23_232;
/** Further pixels that are pasted around a panel. */
const RIM = 2;

const sceneOf = (seed: number, { width, height }: Pick<Picture, 'width' | 'height'>): Scene =>
  new Scene({ width, height, name: `cam${seed}`, detail: 'imx219 30 fps', seed });

/** What a virtual camera sees at these times of mid-exposure of its first row. */
export function recorded(camera: number, timesUs: readonly number[], drawn: Drawn): Picture[] {
  const { width, height, noise = 0, exposureUs = 1000, readoutUs = READOUT_US } = drawn;
  const scene = sceneOf(camera, drawn);
  const addNoise = sensorNoise(2 * drawn.seed + camera);
  return timesUs.map((us) => {
    const [startUs, endUs] = [us - exposureUs / 2, us + exposureUs / 2];
    const picture = scene.render({ startUs: monoUs(startUs), endUs: monoUs(endUs), rowUs: readoutUs / height });
    if (noise > 0) addNoise({ data: picture.data.subarray(0, width * height), width, height, stride: width }, noise);
    return picture;
  });
}

/** As they come out of a file. */
export function coded(pictures: readonly Picture[], options: X264Options): Picture[] {
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
export function pasted(
  on: readonly Picture[],
  from: readonly Picture[],
  size: Pick<Picture, 'width' | 'height'>,
): Picture[] {
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
