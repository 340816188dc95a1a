/**
 * A stroke font: capitals, digits and some signs, drawn as lines of even weight with round ends. Letters stand in a box
 * of height 1 (y from 0, the top, to 1, the baseline); paths follow the middle of the stroke.
 *
 * A path is made of `M x y` (move), `L x y` (line), `C x1 y1 x2 y2 x y` (cubic Bezier curve), `A cx cy rx ry from to`
 * (part of an ellipse, in degrees, clockwise from the right, joined to where the pen stands) and `D x y` (a dot).
 */
const GLYPHS: Readonly<Record<string, readonly [width: number, path: string]>> = {
  '0': [0.56, 'M0 .3 A.28 .3 .28 .3 180 360 L.56 .7 A.28 .7 .28 .3 0 180 L0 .3'],
  '1': [0.56, 'M.1 .2 L.34 0 L.34 1'],
  '2': [0.56, 'A.28 .27 .27 .27 185 400 L0 1 L.56 1'],
  '3': [0.56, 'A.27 .235 .25 .235 200 450 M.27 .47 A.27 .735 .29 .265 270 515'],
  '4': [0.56, 'M.42 1 L.42 0 L0 .72 L.56 .72'],
  '5': [0.56, 'M.5 0 L.09 0 L.05 .458 A.27 .67 .29 .33 220 515'],
  '6': [0.56, 'M.46 0 C.2 .2 0 .45 0 .68 A.28 .68 .28 .32 180 540'],
  '7': [0.56, 'M0 0 L.56 0 L.2 1'],
  '8': [0.56, 'A.28 .235 .24 .235 0 360 M.28 .47 A.28 .735 .28 .265 270 630'],
  '9': [0.56, 'M.1 1 C.36 .8 .56 .55 .56 .32 A.28 .32 .28 .32 0 360'],
  A: [0.62, 'M0 1 L.31 0 L.62 1 M.11 .66 L.51 .66'],
  B: [0.57, 'M.3 .47 A.3 .235 .23 .235 90 -90 L0 0 L0 1 L.3 1 A.3 .735 .27 .265 90 -90 L0 .47'],
  C: [0.6, 'A.31 .32 .31 .32 325 180 L0 .68 A.31 .68 .31 .32 180 35'],
  D: [0.6, 'M0 0 L.26 0 A.26 .34 .34 .34 270 360 L.6 .66 A.26 .66 .34 .34 0 90 L0 1 L0 0'],
  E: [0.5, 'M.5 0 L0 0 L0 1 L.5 1 M0 .48 L.44 .48'],
  F: [0.5, 'M.5 0 L0 0 L0 1 M0 .5 L.44 .5'],
  G: [0.62, 'A.31 .32 .31 .32 325 180 L0 .68 A.31 .68 .31 .32 180 0 L.62 .54 L.36 .54'],
  H: [0.58, 'M0 0 L0 1 M.58 0 L.58 1 M0 .48 L.58 .48'],
  I: [0.02, 'M.01 0 L.01 1'],
  J: [0.42, 'M.42 0 L.42 .74 A.2 .74 .22 .26 0 150'],
  K: [0.56, 'M0 0 L0 1 M.54 0 L0 .6 M.2 .38 L.56 1'],
  L: [0.48, 'M0 0 L0 1 L.48 1'],
  M: [0.72, 'M0 1 L0 0 L.36 .64 L.72 0 L.72 1'],
  N: [0.58, 'M0 1 L0 0 L.58 1 L.58 0'],
  O: [0.64, 'M0 .32 A.32 .32 .32 .32 180 360 L.64 .68 A.32 .68 .32 .32 0 180 L0 .32'],
  P: [0.56, 'M0 1 L0 0 L.28 0 A.28 .27 .28 .27 270 450 L0 .54'],
  Q: [0.64, 'M0 .32 A.32 .32 .32 .32 180 360 L.64 .68 A.32 .68 .32 .32 0 180 L0 .32 M.4 .76 L.66 1.04'],
  R: [0.58, 'M0 1 L0 0 L.28 0 A.28 .27 .28 .27 270 450 L0 .54 M.28 .54 L.57 1'],
  S: [0.57, 'A.28 .235 .26 .235 330 90 A.28 .735 .29 .265 270 515'],
  T: [0.56, 'M0 0 L.56 0 M.28 0 L.28 1'],
  U: [0.58, 'M0 0 L0 .7 A.29 .7 .29 .3 180 0 L.58 0'],
  V: [0.6, 'M0 0 L.3 1 L.6 0'],
  W: [0.86, 'M0 0 L.22 1 L.43 .2 L.64 1 L.86 0'],
  X: [0.56, 'M0 0 L.56 1 M.56 0 L0 1'],
  Y: [0.58, 'M0 0 L.29 .52 L.58 0 M.29 .52 L.29 1'],
  Z: [0.54, 'M0 0 L.54 0 L0 1 L.54 1'],
  ' ': [0.2, ''],
  ':': [0.06, 'D.03 .3 D.03 .82'],
  '.': [0.06, 'D.03 .98'],
  ',': [0.1, 'M.08 .98 L.02 1.14'],
  '-': [0.34, 'M0 .54 L.34 .54'],
  _: [0.5, 'M0 1.06 L.5 1.06'],
  '+': [0.44, 'M0 .54 L.44 .54 M.22 .32 L.22 .76'],
  '=': [0.44, 'M0 .42 L.44 .42 M0 .66 L.44 .66'],
  '/': [0.4, 'M0 1.06 L.4 -.06'],
  '×': [0.38, 'M0 .36 L.38 .78 M.38 .36 L0 .78'],
  '(': [0.24, 'A.4 .5 .4 .66 245 115'],
  ')': [0.24, 'A-.16 .5 .4 .66 -65 65'],
  '?': [0.5, 'A.25 .26 .25 .26 190 400 L.25 .7 D.25 .98'],
};

/** Room from one letter's box to the next, as a part of the height. */
const GAP = 0.26;
/** Length of the straight pieces that stand for a curve, as a part of the height. */
const PIECE = 0.04;

/** Strokes of a letter: four numbers each (x0, y0, x1, y1), the height of a capital being 1. A dot has no length. */
export interface Glyph {
  readonly width: number;
  readonly strokes: Float64Array;
}

const cache = new Map<string, Glyph>();

/** The glyph of one character. Small letters are drawn as capitals, unknown characters as a question mark. */
export function glyph(character: string): Glyph {
  const known = cache.get(character);
  if (known) return known;
  const [width, path] = GLYPHS[character.toUpperCase()] ?? (GLYPHS['?'] as (typeof GLYPHS)[string]);
  const made = { width, strokes: strokesOf(path) };
  cache.set(character, made);
  return made;
}

/** How far the pen moves on from this character to the next, capitals being 1 high. */
export const advance = (character: string): number => glyph(character).width + GAP;

/** Width of a line of text, capitals being 1 high. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += advance(character);
  return Math.max(0, width - GAP);
}

function strokesOf(path: string): Float64Array {
  const strokes: number[] = [];
  let pen: readonly [number, number] | undefined;
  const to = (x: number, y: number) => {
    // Where a line meets a curve the pen is there already; a stroke without length would make a dot.
    if (pen && Math.hypot(x - pen[0], y - pen[1]) > 1e-6) strokes.push(pen[0], pen[1], x, y);
    pen = [x, y];
  };
  for (const [, command, rest] of path.matchAll(/([MLCAD])([^MLCAD]*)/g)) {
    const n = (rest as string).trim().split(/\s+/).map(Number) as [number, number, number, number, number, number];
    if (command === 'M') pen = [n[0], n[1]];
    else if (command === 'L') to(n[0], n[1]);
    else if (command === 'D') strokes.push(n[0], n[1], n[0], n[1]);
    else if (command === 'C') {
      const [x0, y0] = pen as readonly [number, number];
      for (let i = 1, steps = 16; i <= steps; i++) {
        const t = i / steps;
        const s = 1 - t;
        const at = (p0: number, p1: number, p2: number, p3: number) =>
          s * s * s * p0 + 3 * s * s * t * p1 + 3 * s * t * t * p2 + t * t * t * p3;
        to(at(x0, n[0], n[2], n[4]), at(y0, n[1], n[3], n[5]));
      }
    } else {
      const [cx, cy, rx, ry] = n;
      const [from, turn] = [(n[4] * Math.PI) / 180, ((n[5] - n[4]) * Math.PI) / 180];
      const steps = Math.ceil((Math.abs(turn) * Math.max(rx, ry)) / PIECE);
      for (let i = 0; i <= steps; i++) {
        const angle = from + (turn * i) / steps;
        to(cx + rx * Math.cos(angle), cy + ry * Math.sin(angle));
      }
    }
  }
  return Float64Array.from(strokes);
}
