import { type Picture, pictureBytes } from '../../camera/picture.ts';
import type { Encoder } from '../../record/encoder.ts';
import type { FrameRate } from '../../time/frame-rate.ts';

/** Pictures that are shown over and over. */
const PICTURES = 8;
/** The first frames wait for threads and memory. */
const WARM_UP = 10;

export interface EncoderSpeedOptions {
  readonly width: number;
  readonly height: number;
  readonly frameRate: FrameRate;
  readonly preset?: string | undefined;
  /** It ends after this long, in ms. */
  readonly mostMs: number;
}

/**
 * How many frames a second an encoder does of moving pictures with a sensor's noise. What it makes of them goes
 * nowhere.
 */
export async function encoderSpeed(encoder: Encoder, options: EncoderSpeedOptions): Promise<number> {
  const { width, height, frameRate, preset, mostMs } = options;
  const pictures = Array.from({ length: PICTURES }, (_, i) => noisyPicture(i, width, height));
  const open = await encoder.open({
    file: 'trial.h264',
    sink: () => {},
    ...{ width, height, frameRate },
    ...(preset !== undefined && { preset }),
  });
  const write = (slot: number): Promise<void> => open.write(pictures[slot % PICTURES] as Picture, slot);
  let slot = 0;
  while (slot < WARM_UP) await write(slot++);
  const startMs = performance.now();
  while (performance.now() - startMs < mostMs) await write(slot++);
  await open.close();
  return ((slot - WARM_UP) * 1000) / (performance.now() - startMs);
}

/** Waves that move to the left, and noise. */
function noisyPicture(index: number, width: number, height: number): Picture {
  const data = new Uint8Array(pictureBytes(width, height)).fill(128);
  let noise = index + 1;
  for (let y = 0; y < height; y++) {
    const across = 80 * Math.cos(y / 47);
    for (let x = 0; x < width; x++) {
      // Numerical Recipes' generator: its high bits are noise enough.
      noise = (Math.imul(noise, 1_664_525) + 1_013_904_223) >>> 0;
      data[y * width + x] = 122 + across * Math.sin((x + 4 * index) / 31) + (noise >>> 29);
    }
  }
  return { width, height, data };
}
