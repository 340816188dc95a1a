import { random } from '../../bench/pixel-clock-scene.ts';
import { pictureBytes } from '../../src/camera/picture.ts';
import { drawPixelClock } from '../../src/pixel-clock/draw.ts';
import { nodeAvBackend } from '../../src/record/encoders/node-av.ts';
import type { FrameRate } from '../../src/time/frame-rate.ts';
import { monoUs } from '../../src/time/units.ts';

export interface ClockVideo {
  /** Default 320. */
  readonly width?: number;
  /** Default 240. */
  readonly height?: number;
  readonly frames: number;
  /** Default: 30. */
  readonly frameRate?: FrameRate;
  /** Middle of the exposure of the first row of frame i, in us. Default: at 30 fps from 5e9 us on. */
  readonly middleUs?: (frame: number) => number;
  /** From one row to the next, in us. Default 0. */
  readonly rowUs?: number;
  /** Default 1000. */
  readonly exposureUs?: number;
  /** Where the panel is. Default: modules of 4 pixels at (61, 101). */
  readonly panel?: { readonly x: number; readonly y: number; readonly unit: number };
  /** Of the noise that no two cameras share. Default 1. */
  readonly seed?: number;
}

export const CLOCK_PERIOD_US = 1e6 / 30;

/** Writes a video that shows the pixel clock, as a virtual camera would, without waiting for its time. */
export async function clockVideo(file: string, options: ClockVideo): Promise<void> {
  const { width = 320, height = 240, frames, rowUs = 0, exposureUs = 1000, seed = 1 } = options;
  const { frameRate = { num: 30, den: 1 } } = options;
  const { middleUs = (i) => 5e9 + i * CLOCK_PERIOD_US, panel = { x: 61, y: 101, unit: 4 } } = options;
  const next = random(seed);
  const encoder = await nodeAvBackend.open({ file, width, height, frameRate });
  for (let slot = 0; slot < frames; slot++) {
    const data = new Uint8Array(pictureBytes(width, height)).fill(128);
    const luma = data.subarray(0, width * height);
    const at = middleUs(slot);
    const exposure = { startUs: monoUs(at - exposureUs / 2), endUs: monoUs(at + exposureUs / 2), rowUs };
    drawPixelClock({ data: luma, width, height, stride: width }, panel, exposure);
    for (let i = 0; i < luma.length; i++) luma[i] = (luma[i] as number) + Math.round(3 * (next() + next() - 1));
    await encoder.write({ width, height, data }, slot);
  }
  await encoder.close();
}
