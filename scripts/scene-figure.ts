/**
 * Writes a picture of what virtual cameras see, side by side, as a PNG:
 *
 *     npx tsx scripts/scene-figure.ts [FILE] [--size WxH] [--cameras N] [--exposure MS] [--at SECONDS] [--brightness B]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { deflateSync } from 'node:zlib';
import type { Picture } from '../src/camera/picture.ts';
import { lumaWeights } from '../src/camera/virtual/palette.ts';
import { Scene } from '../src/camera/virtual/scene.ts';
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
writeFileSync(file, png(pictures, 8));
console.log(`${file}: ${pictures.length} cameras, ${width}x${height}`);

/** Pictures beside each other, with a white gap between them. */
function png(pictures: readonly Picture[], gap: number): Buffer {
  const { width, height } = pictures[0] as Picture;
  const total = pictures.length * (width + gap) - gap;
  const rows = Buffer.alloc(height * (1 + 3 * total), 255);
  for (let y = 0; y < height; y++) rows[y * (1 + 3 * total)] = 0;
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
        const at = y * (1 + 3 * total) + 1 + 3 * (i * (width + gap) + x);
        [red, green, blue].forEach((value, c) => {
          rows[at + c] = Math.max(0, Math.min(255, Math.round(255 * value)));
        });
      }
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(total, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits a channel, RGB
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

/** CRC-32 as PNG uses it (ISO 3309). */
function crc32(data: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
