import type { Picture } from '../../src/camera/picture.ts';
import { pictureBytes } from '../../src/camera/picture.ts';

/**
 * A smooth picture that differs from index to index: a moving gradient, and the index in the level of the top left 16 x
 * 16.
 */
export function testPicture(index: number, width = 320, height = 240): Picture {
  const data = new Uint8Array(pictureBytes(width, height));
  // The sine of a sum of what is of the column and what is of the row: a sine a column and a row, not one a pixel.
  const across = Array.from({ length: width }, (_, x) => (x + 2 * index) / 31);
  const [sines, cosines] = [Float64Array.from(across, Math.sin), Float64Array.from(across, Math.cos)];
  for (let y = 0; y < height; y++) {
    const [sine, cosine] = [90 * Math.sin(y / 47), 90 * Math.cos(y / 47)];
    const row = y * width;
    for (let x = 0; x < width; x++) {
      data[row + x] = 126.5 + (sines[x] as number) * cosine + (cosines[x] as number) * sine;
    }
    if (y < 16) data.fill(markLevel(index), row, row + 16);
  }
  data.fill(110, width * height, width * height * 1.25);
  data.fill(140, width * height * 1.25);
  return { width, height, data };
}

/** The level that marks a picture: 14 steps, 15 apart. */
export const markLevel = (index: number): number => 20 + (index % 14) * 15;

/** The mark that a decoded picture shows: its index modulo 14. */
export function readMark(luma: { readonly data: Uint8Array; readonly stride: number }): number {
  let sum = 0;
  for (let y = 4; y < 12; y++) for (let x = 4; x < 12; x++) sum += luma.data[y * luma.stride + x] ?? 0;
  // No -0, which a mean just below the level makes.
  return Math.round((sum / 64 - 20) / 15) || 0;
}

/** Peak signal to noise ratio of two luma planes, dB. */
export function psnr(a: Uint8Array, b: Uint8Array, samples: number): number {
  let sum = 0;
  for (let i = 0; i < samples; i++) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return 10 * Math.log10((255 * 255 * samples) / sum);
}
