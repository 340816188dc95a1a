/**
 * Writes a picture of what virtual cameras see, side by side, as a PNG:
 *
 *     npx tsx scripts/scene-figure.ts [FILE] [--size WxH] [--cameras N] [--exposure MS] [--at SECONDS] [--brightness B]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Picture } from '../src/camera/picture.ts';
import { lumaWeights } from '../src/camera/picture.ts';
import { Scene } from '../src/camera/virtual/scene.ts';
import { png } from '../src/cli/png.ts';
import { monoUs } from '../src/time/units.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: 'string', default: '640x480' },
    cameras: { type: 'string', default: '2' },
    exposure: { type: 'string', default: '1' },
    at: { type: 'string', default: '3754.367' },
    brightness: { type: 'string', default: '1' },
  },
});
const [width, height] = values.size.split('x').map(Number) as [number, number];
const middleUs = Number(values.at) * 1e6;
const halfUs = Number(values.exposure) * 500;
const exposure = { startUs: monoUs(middleUs - halfUs), endUs: monoUs(middleUs + halfUs) };

const pictures = Array.from({ length: Number(values.cameras) }, (_, seed) =>
  new Scene({
    width,
    height,
    seed,
    name: `cam${seed}`,
    detail: 'imx219 30 fps',
    brightness: Number(values.brightness),
  }).render(exposure),
);
const file = positionals[0] ?? 'scene.png';
writeFileSync(file, sideBySide(pictures, 8));
console.log(`${file}: ${pictures.length} cameras, ${width}x${height}`);

/** Pictures beside each other, with a white gap between them. */
function sideBySide(pictures: readonly Picture[], gap: number): Buffer {
  const { width, height } = pictures[0] as Picture;
  const total = pictures.length * (width + gap) - gap;
  const pixels = new Uint8Array(3 * total * height).fill(255);
  pictures.forEach((picture, i) => {
    const [kr, kb] = lumaWeights(height);
    const chroma = width * height;
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const k = chroma + (y >> 1) * (width >> 1) + (x >> 1);
        const luma = ((picture.data[y * width + x] as number) - 16) / 219;
        const cb = ((picture.data[k] as number) - 128) / 112;
        const cr = ((picture.data[k + chroma / 4] as number) - 128) / 112;
        const red = luma + (1 - kr) * cr;
        const blue = luma + (1 - kb) * cb;
        const green = (luma - kr * red - kb * blue) / (1 - kr - kb);
        const at = 3 * (y * total + i * (width + gap) + x);
        [red, green, blue].forEach((value, c) => {
          pixels[at + c] = Math.max(0, Math.min(255, Math.round(255 * value)));
        });
      }
  });
  return png(total, height, pixels);
}
