import { drawPixelClock, type Exposure, exposureOfRow } from '../src/pixel-clock/draw.ts';
import { Homography, type Point } from '../src/pixel-clock/homography.ts';
import { COLUMNS, type LumaPlane, ROWS } from '../src/pixel-clock/layout.ts';

/** How a camera sees a panel: turned about three axes, in degrees, and how far away. */
export interface View {
  /** About the vertical axis, about the horizontal one, and in the picture's plane. */
  readonly yaw?: number;
  readonly pitch?: number;
  readonly roll?: number;
  /** Size of a module in the picture's middle if it were seen from in front, in pixels. */
  readonly unit: number;
  /** Where the panel's middle is, as shares of the picture. Default: in the middle. */
  readonly x?: number;
  readonly y?: number;
}

/**
 * Of the lens: its focal length in widths of the picture. 0.9 sees 58 degrees, about what a Raspberry Pi camera 3 does.
 */
const FOCAL = 0.9;
const SAMPLES = 3;

/** Where the panel's corners are seen, in the order top left, top right, bottom left, bottom right. */
export function cornersSeen(view: View, width: number, height: number): Point[] {
  const { yaw = 0, pitch = 0, roll = 0, unit, x = 0.5, y = 0.5 } = view;
  const focal = FOCAL * width;
  const distance = focal / unit;
  const [a, b, c] = [yaw, pitch, roll].map((degrees) => (degrees * Math.PI) / 180) as [number, number, number];
  const project = (u: number, v: number): Point => {
    const [x1, z1] = [u * Math.cos(a), u * Math.sin(a)];
    const [y2, z2] = [v * Math.cos(b), z1 + v * Math.sin(b)];
    const [x3, y3] = [x1 * Math.cos(c) - y2 * Math.sin(c), x1 * Math.sin(c) + y2 * Math.cos(c)];
    const depth = distance + z2;
    return [x * width + (focal * x3) / depth, y * height + (focal * y3) / depth];
  };
  const [w, h] = [COLUMNS / 2, ROWS / 2];
  return [project(-w, -h), project(w, -h), project(-w, h), project(w, h)];
}

/** Draws a panel as it is seen, each row of the picture as it is exposed, with 3 x 3 samples a pixel. */
export function drawSeen(plane: LumaPlane, view: View, exposure: Exposure): void {
  const { width, height, stride, data } = plane;
  const seen = cornersSeen(view, width, height);
  const corners: readonly Point[] = [
    [0, 0],
    [COLUMNS, 0],
    [0, ROWS],
    [COLUMNS, ROWS],
  ];
  const toPanel = Homography.through(seen, corners);
  if (!toPanel) throw new Error('a panel that is seen from its edge');
  const [left, right] = [Math.min(...seen.map(([x]) => x)), Math.max(...seen.map(([x]) => x))];
  const [top, bottom] = [Math.min(...seen.map(([, y]) => y)), Math.max(...seen.map(([, y]) => y))];
  const panel = { data: new Uint8Array(COLUMNS * ROWS), width: COLUMNS, height: ROWS, stride: COLUMNS };
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(height, bottom); y++) {
    drawPixelClock(panel, { x: 0, y: 0, unit: 1 }, { ...exposureOfRow(exposure, y), rowUs: 0 });
    for (let x = Math.max(0, Math.floor(left)); x < Math.min(width, right); x++) {
      let [sum, inside] = [0, 0];
      for (let i = 0; i < SAMPLES ** 2; i++) {
        const [u, v] = toPanel.at(x + ((i % SAMPLES) + 0.5) / SAMPLES, y + (Math.floor(i / SAMPLES) + 0.5) / SAMPLES);
        if (!(u >= 0 && v >= 0 && u < COLUMNS && v < ROWS)) continue;
        sum += panel.data[Math.floor(v) * COLUMNS + Math.floor(u)] as number;
        inside++;
      }
      if (inside === 0) continue;
      const at = y * stride + x;
      data[at] = Math.round((sum + (data[at] as number) * (SAMPLES ** 2 - inside)) / SAMPLES ** 2);
    }
  }
}

/** Blurs a plane by a Gaussian, across and down. @param sigma In pixels. */
export function blur(plane: LumaPlane, sigma: number): void {
  if (sigma === 0) return;
  const { width, height, stride, data } = plane;
  const reach = Math.ceil(3 * sigma);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)));
  const total = weights.reduce((a, b) => a + b, 0);
  const line = (from: number, step: number, length: number): void => {
    const old = Float64Array.from({ length }, (_, i) => data[from + i * step] as number);
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (let k = -reach; k <= reach; k++)
        sum += (weights[k + reach] as number) * (old[Math.max(0, Math.min(length - 1, i + k))] as number);
      data[from + i * step] = Math.round(sum / total);
    }
  };
  for (let y = 0; y < height; y++) line(y * stride, 1, width);
  for (let x = 0; x < width; x++) line(x, stride, height);
}

/**
 * Light that is reflected off the panel: a soft spot that adds up to so many levels.
 * @param x, y Its middle, as shares of the picture.
 */
export function glare(plane: LumaPlane, levels: number, x: number, y: number, radius: number): void {
  if (levels === 0) return;
  const { width, height, stride, data } = plane;
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const r = Math.hypot(column - x * width, row - y * height) / radius;
      const at = row * stride + column;
      data[at] = Math.min(235, (data[at] as number) + levels * Math.exp(-r * r));
    }
}
