import { type Box, type Drawing, type Item, line } from './drawing.ts';

/** One controller's offsets: its name and, for each frame, time in seconds and offset in us, one after the other. */
export interface PlotSeries {
  readonly name: string;
  readonly points: readonly number[];
}

export interface OffsetPlot {
  readonly title: string;
  readonly lineUs: number;
  /** Frame duration: larger offsets than half of it are not drawn to scale. */
  readonly frameUs: number;
  /** When something happens, in seconds. */
  readonly eventSeconds: number | undefined;
  readonly ours: PlotSeries;
  readonly stock: PlotSeries | undefined;
}

const WIDTH = 1200;
const HEIGHT = 800;
const LEFT = 110;
const RIGHT = WIDTH - 40;
const INK = '#22282f';
const FAINT = '#e3e6ea';
const GREY = '#5c6670';
const BAND = '#cfe8d5';
const OURS = '#14743a';
const STOCK = '#c8501e';
const EVENT = '#7a4fb0';
/** Until a client is in step, its offset is no matter of scale. In seconds. */
const SETTLED = 5;
/** How long a stretch the lower panel shows, in seconds, and how much of it before an event. */
const STRETCH = 10;
const BEFORE = 2;

/**
 * Offset over time: the whole run at the scale of the larger controller, and a stretch of it at the scale of the
 * sensor's line.
 */
export function offsetPlot(plot: OffsetPlot): Drawing {
  const { ours, stock, lineUs, frameUs, eventSeconds } = plot;
  const all = [ours, ...(stock === undefined ? [] : [stock])];
  const end = Math.max(1, ...all.map(({ points }) => points.at(-2) ?? 0));
  const begin = Math.min(end, ...all.map(({ points }) => points[0] ?? 0));
  const largest = Math.max(2 * lineUs, ...all.map(({ points }) => largestAfter(points, begin + SETTLED)));
  const middle = begin + (end - begin) / 2;
  const from = Math.max(begin, Math.min(end - STRETCH, eventSeconds === undefined ? middle : eventSeconds - BEFORE));
  const whole: Axes = {
    box: { x: LEFT, y: 120, width: RIGHT - LEFT, height: 290 },
    x: [begin, end],
    y: Math.min(1.1 * largest, frameUs / 2),
  };
  const close: Axes = {
    box: { x: LEFT, y: 480, width: RIGHT - LEFT, height: 240 },
    x: [from, Math.min(end, from + STRETCH)],
    y: 2.5 * lineUs,
  };
  return {
    width: WIDTH,
    height: HEIGHT,
    items: [
      { kind: 'rect', x: 0, y: 0, width: WIDTH, height: HEIGHT, fill: '#ffffff' },
      text(LEFT, 42, plot.title, 22),
      ...legend(plot),
      ...panel(whole, plot, 1.2),
      ...panel(close, plot, 2.2),
      text(LEFT, close.box.y - 14, 'the same close up', 15, GREY),
      text((LEFT + RIGHT) / 2, HEIGHT - 24, 'time in seconds', 15, GREY, 'middle'),
    ],
  };
}

interface Axes {
  readonly box: Box;
  /** From and to, in seconds. */
  readonly x: readonly [number, number];
  /** Up to this offset either way, in us. */
  readonly y: number;
}

function panel(axes: Axes, plot: OffsetPlot, radius: number): Item[] {
  const { box } = axes;
  const items: Item[] = [];
  const bandTop = toY(axes, plot.lineUs / 2);
  items.push({
    kind: 'rect',
    x: box.x,
    y: bandTop,
    width: box.width,
    height: Math.max(2, toY(axes, -plot.lineUs / 2) - bandTop),
    fill: BAND,
  });
  for (const value of ticks(-axes.y, axes.y, 6)) {
    const y = toY(axes, value);
    items.push(line([box.x, y, box.x + box.width, y], value === 0 ? '#aab2ba' : FAINT, 1));
    items.push(text(box.x - 10, y + 5, label(value), 14, GREY, 'end'));
  }
  for (const value of ticks(...axes.x, 10)) {
    const x = toX(axes, value);
    items.push(line([x, box.y + box.height, x, box.y + box.height + 6], GREY, 1));
    items.push(text(x, box.y + box.height + 24, label(value), 14, GREY, 'middle'));
  }
  const event = plot.eventSeconds;
  if (event !== undefined && event >= axes.x[0] && event <= axes.x[1]) {
    items.push(line([toX(axes, event), box.y, toX(axes, event), box.y + box.height], EVENT, 1.5));
  }
  if (plot.stock !== undefined) items.push(dots(axes, plot.stock, radius, STOCK));
  items.push(dots(axes, plot.ours, radius, OURS));
  items.push(
    line([box.x, box.y, box.x, box.y + box.height, box.x + box.width, box.y + box.height], INK, 1.2),
    text(box.x, box.y - 14, axes.y > 5 * plot.lineUs ? 'offset in microseconds' : '', 15, GREY),
  );
  return items;
}

function dots(axes: Axes, { points }: PlotSeries, radius: number, fill: string): Item {
  const placed: number[] = [];
  for (let i = 0; i < points.length; i += 2) {
    const seconds = points[i] as number;
    if (seconds < axes.x[0] || seconds > axes.x[1]) continue;
    placed.push(toX(axes, seconds), toY(axes, points[i + 1] as number));
  }
  return { kind: 'dots', points: placed, radius, fill, clip: axes.box };
}

function legend({ ours, stock, lineUs, eventSeconds }: OffsetPlot): Item[] {
  const items: Item[] = [];
  let x = LEFT;
  const entry = (mark: Item, words: string, width: number): void => {
    items.push(mark, text(x + 24, 78, words, 16));
    x += width;
  };
  entry(mark(x, OURS), ours.name, 250);
  if (stock !== undefined) entry(mark(x, STOCK), stock.name, 170);
  const band: Item = { kind: 'rect', x, y: 65, width: 16, height: 15, fill: BAND };
  entry(band, `the sensor: half a line, ${(lineUs / 2).toFixed(1)} us, either way`, 420);
  if (eventSeconds !== undefined) entry(line([x + 8, 64, x + 8, 81], EVENT, 2), 'event', 0);
  return items;
}

const mark = (x: number, fill: string): Item => ({ kind: 'dots', points: [x + 8, 72.5], radius: 5, fill });

const text = (
  x: number,
  y: number,
  words: string,
  size: number,
  fill = INK,
  anchor: 'start' | 'middle' | 'end' = 'start',
): Item => ({ kind: 'text', x, y, text: words, size, fill, anchor });

const toX = ({ box, x }: Axes, seconds: number): number => box.x + ((seconds - x[0]) / (x[1] - x[0])) * box.width;
const toY = ({ box, y }: Axes, us: number): number => box.y + box.height / 2 - (us / y) * (box.height / 2);

function largestAfter(points: readonly number[], seconds: number): number {
  let largest = 0;
  for (let i = 0; i < points.length; i += 2) {
    if ((points[i] as number) >= seconds) largest = Math.max(largest, Math.abs(points[i + 1] as number));
  }
  return largest;
}

/** Round values between two, about `count` of them: steps of 1, 2 or 5 times a power of ten. */
function ticks(from: number, to: number, count: number): number[] {
  const rough = (to - from) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((n) => n * power >= rough) ?? 10);
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, i) => (first + i) * step || 0);
}

const label = (value: number): string => String(Number(value.toPrecision(6)));
