import { CODE_BITS } from './code.ts';

/** Top-left corner of the panel's quiet zone and the size of one module, in pixels; pixel (0, 0) covers 0 to 1. */
export interface Placement {
  /** Of its left edge, in pixels of the picture. */
  readonly x: number;
  /** Of its upper edge, in pixels of the picture. */
  readonly y: number;
  /** Side of a module, in pixels. */
  readonly unit: number;
}

/** A plane of luma, 8 bits a pixel, limited range; row y starts at `data[y * stride]`. */
export interface LumaPlane {
  /** One byte a pixel; chroma may follow. */
  readonly data: Uint8Array;
  /** Width, in pixels. */
  readonly width: number;
  /** Height, in pixels. */
  readonly height: number;
  /** From one row to the next, in bytes. */
  readonly stride: number;
}

/** Columns and rows of the panel, in modules. */
export const COLUMNS = 48;
export const ROWS = 13;

/** Width and height in pixels of a panel whose modules are `unit` pixels wide. */
export const panelSize = (unit: number): { readonly width: number; readonly height: number } => ({
  width: COLUMNS * unit,
  height: ROWS * unit,
});

/**
 * Luma of black and white, and what a bar swings around its middle (125.5), in levels: 25.5 to 225.5, clear of
 * clipping.
 */
export const BLACK = 16;
export const WHITE = 235;
export const SWING = 100;

/** Modules on a side of a finder: a black square, in it a white one, in it a black one: 1:1:1:1:1 across the middle. */
export const FINDER = 5;

/** Top-left modules of the finders: top left, top right, bottom left, bottom right. */
export const FINDERS = [
  { column: 1, row: 1 },
  { column: COLUMNS - 1 - FINDER, row: 1 },
  { column: 1, row: ROWS - 1 - FINDER },
  { column: COLUMNS - 1 - FINDER, row: ROWS - 1 - FINDER },
] as const;

/** True where module (column, row) of a finder, counted from its own corner, is black. */
export function finderIsBlack(column: number, row: number): boolean {
  const ring = Math.max(Math.abs(column - 2), Math.abs(row - 2));
  return ring !== 1;
}

/** A module by its place on the panel. */
export interface Cell {
  readonly column: number;
  readonly row: number;
}

/**
 * Cells that show one cosine: cell i shows the phase t / periodUs - phases[i], in turns. The phases of a bar are spread
 * evenly over a turn, each once.
 */
export interface Bar {
  readonly periodUs: number;
  readonly cells: readonly Cell[];
  readonly phases: readonly number[];
}

const FIRST = 1 + FINDER + 1;
const WIDE = COLUMNS - 2 * FIRST;

/** `count` modules from module `from` of the data field, in reading order. */
function run(from: number, count: number): Cell[] {
  return Array.from({ length: count }, (_, i) => ({
    column: FIRST + ((from + i) % WIDE),
    row: 1 + Math.floor((from + i) / WIDE),
  }));
}

/** The cells of the code, first bit first: white is 1. */
export const CODE_CELLS: readonly Cell[] = run(0, CODE_BITS);

/**
 * Which of the evenly spread phases the cells show, in turns times the number of cells. They are shuffled: where a bar
 * is a travelling wave, the encoder's motion search follows it in whole pixels and drops the small rest, which shifts
 * the phase of all cells alike. Both orders come from a random search for little likeness between neighbours and to a
 * brightness gradient.
 */
const LONG_ORDER = [
  0, 13, 30, 17, 33, 32, 25, 15, 2, 16, 7, 8, 4, 19, 24, 31, 10, 21, 14, 20, 5, 28, 23, 27, 3, 22, 6, 18, 29, 12, 11,
  26, 1, 9,
];
const SHORT_ORDER = [0, 9, 4, 5, 7, 2, 8, 1, 11, 10, 3, 6];

/**
 * The long bars, top row first: period in us, and what their phases are multiplied by.
 *
 * An exposure e is read best from periods around 2 e, so they lie close together up to 15 ms. Each is chosen so that at
 * the usual frame rates from 15 to 120 fps it advances by at least 0.09 of a turn (forth or back) from frame to frame,
 * where a frame is longer than 0.7 periods: an encoder leaves a bar that nearly stands still as it was.
 *
 * The factors give neighbouring rows phases that are uncorrelated (exp(i a k) and exp(i b k) are orthogonal over k = 0
 * .. 33 unless a = +-b modulo 34), because an encoder's errors reach across rows.
 */
const LONG_BARS = [
  { periodUs: 27_780, factor: 1 },
  { periodUs: 18_330, factor: 3 },
  { periodUs: 14_600, factor: 5 },
  { periodUs: 12_860, factor: 7 },
  { periodUs: 9_170, factor: 9 },
  { periodUs: 6_140, factor: 11 },
  { periodUs: 4_500, factor: 13 },
  { periodUs: 3_540, factor: 15 },
  { periodUs: 2_430, factor: 1 },
];

function bar(periodUs: number, order: readonly number[], factor: number, from: number): Bar {
  const count = order.length;
  return { periodUs, cells: run(from, count), phases: order.map((k) => ((k * factor) % count) / count) };
}

/** The code counts steps of this many us: half the period of the coarsest bar. */
export const STEP_US = 131_072;

/** The bars, coarsest first: two short ones behind the code, then the long ones, a row each. */
export const BARS: readonly Bar[] = [
  bar(2 * STEP_US, SHORT_ORDER, 1, CODE_BITS),
  bar(83_340, SHORT_ORDER, 1, CODE_BITS + SHORT_ORDER.length),
  ...LONG_BARS.map(({ periodUs, factor }, i) => bar(periodUs, LONG_ORDER, factor, (2 + i) * WIDE)),
];

/** sin(pi x) / (pi x): what averaging over x periods leaves of a cosine's swing. */
export const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
