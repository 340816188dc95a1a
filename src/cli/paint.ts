import { advance, glyph, textWidth } from '../drawing/font.ts';
import type { Shape, Span } from '../drawing/raster.ts';
import { Strokes } from '../drawing/shapes.ts';
import { type Drawing, type Item, inside } from '../sim/drawing.ts';

/** Height of a capital as a part of a font size, and width of a stroke as a part of that height. */
const CAPITAL = 0.62;
const WEIGHT = 0.13;

/** Paints a drawing: rows of red, green and blue, a byte each. */
export function paint({ width, height, items }: Drawing): Uint8Array {
  const paper = new Paper(width, height);
  for (const item of items) paintItem(paper, item);
  return paper.pixels;
}

function paintItem(paper: Paper, item: Item): void {
  switch (item.kind) {
    case 'rect':
      paper.paint(new Filled(item.x, item.y, item.width, item.height), item.fill);
      break;
    case 'line':
      for (let i = 0; i + 3 < item.points.length; i += 2)
        paper.paint(new Strokes(item.points.slice(i, i + 4), item.weight), item.stroke);
      break;
    case 'dots':
      for (let i = 0; i < item.points.length; i += 2) {
        const [x, y] = [item.points[i] as number, item.points[i + 1] as number];
        if (inside(item.clip, x, y)) paper.paint(new Strokes([x, y, x, y], 2 * item.radius), item.fill);
      }
      break;
    case 'text':
      paintText(paper, item);
  }
}

function paintText(paper: Paper, { x, y, text, size, anchor, fill }: Extract<Item, { kind: 'text' }>): void {
  const capital = CAPITAL * size;
  const weight = Math.max(1, WEIGHT * capital);
  const height = capital - weight;
  const width = textWidth(text) * height;
  let pen = x - (anchor === 'start' ? 0 : anchor === 'middle' ? width / 2 : width);
  for (const character of text) {
    const strokes = [...glyph(character).strokes].map((value, i) =>
      i % 2 === 0 ? pen + value * height : y - capital + weight / 2 + value * height,
    );
    if (strokes.length > 0) paper.paint(new Strokes(strokes, weight), fill);
    pen += advance(character) * height;
  }
}

/** A filled box; edges between pixels are shared out. */
class Filled implements Shape {
  readonly top: number;
  readonly bottom: number;
  private readonly left: number;
  private readonly right: number;

  constructor(x: number, y: number, width: number, height: number) {
    this.top = y;
    this.bottom = y + height;
    this.left = x;
    this.right = x + width;
  }

  row(y: number, cover: Uint8Array, span: Span): void {
    span.from = Math.max(0, Math.floor(this.left));
    span.to = Math.min(cover.length, Math.ceil(this.right));
    const down = overlap(y, this.top, this.bottom);
    for (let x = span.from; x < span.to; x++) cover[x] = 255 * down * overlap(x, this.left, this.right);
  }
}

/** How much of the pixel from `at` to `at + 1` lies between two edges. */
const overlap = (at: number, from: number, to: number): number =>
  Math.max(0, Math.min(at + 1, to) - Math.max(at, from));

/** White paper that takes shapes in any colour. */
class Paper {
  readonly pixels: Uint8Array;
  private readonly width: number;
  private readonly height: number;
  private readonly cover: Uint8Array;

  constructor(width: number, height: number) {
    this.pixels = new Uint8Array(3 * width * height).fill(255);
    this.width = width;
    this.height = height;
    this.cover = new Uint8Array(width);
  }

  paint(shape: Shape, colour: string): void {
    const inks = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
    const cover = this.cover;
    const span: Span = { from: 0, to: 0 };
    const last = Math.min(this.height, Math.ceil(shape.bottom));
    for (let y = Math.max(0, Math.floor(shape.top)); y < last; y++) {
      span.from = 0;
      span.to = 0;
      shape.row(y, cover, span);
      for (let x = span.from; x < span.to; x++) {
        const share = (cover[x] as number) / 255;
        const at = 3 * (y * this.width + x);
        for (let c = 0; share > 0 && c < 3; c++) {
          const value = this.pixels[at + c] as number;
          this.pixels[at + c] = Math.round(value + ((inks[c] as number) - value) * share);
        }
      }
      if (span.to > span.from) cover.fill(0, span.from, span.to);
    }
  }
}
