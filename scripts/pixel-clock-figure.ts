/**
 * Draws docs/images/pixel-clock.png: the panel with a short exposure above, with a long one below. `npx tsx
 * scripts/pixel-clock-figure.ts`
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { png } from '../src/cli/png.ts';
import { drawPixelClock } from '../src/pixel-clock/draw.ts';
import { type LumaPlane, panelSize } from '../src/pixel-clock/layout.ts';
import { monoUs } from '../src/time/units.ts';

const UNIT = 16;
const GAP = 24;
const EXPOSURES_US = [100, 12_000];
/** Step 123456789, the example of docs/pixel-clock.md, and a quarter of a step. */
const TIME_US = 123_456_789.25 * 131_072;

const size = panelSize(UNIT);
const width = size.width + 2 * GAP;
const height = EXPOSURES_US.length * (size.height + GAP) + GAP;
const plane: LumaPlane = { data: new Uint8Array(width * height).fill(126), width, height, stride: width };
EXPOSURES_US.forEach((exposureUs, i) => {
  drawPixelClock(
    plane,
    { x: GAP, y: GAP + i * (size.height + GAP), unit: UNIT },
    { startUs: monoUs(TIME_US - exposureUs / 2), endUs: monoUs(TIME_US + exposureUs / 2) },
  );
});
mkdirSync('docs/images', { recursive: true });
writeFileSync('docs/images/pixel-clock.png', grayPng(plane));
console.log(`docs/images/pixel-clock.png: ${width}x${height}`);

/** A PNG of 8-bit grey; limited-range luma is spread to 0 to 255. */
function grayPng({ data, width, height, stride }: LumaPlane): Buffer {
  const pixels = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const level = ((data[y * stride + x] as number) - 16) * (255 / 219);
      const at = 3 * (y * width + x);
      pixels.fill(Math.max(0, Math.min(255, Math.round(level))), at, at + 3);
    }
  return png(width, height, pixels);
}
