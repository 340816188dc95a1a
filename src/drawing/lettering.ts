import { advance, glyph, textWidth } from './font.ts';
import type { Ink } from './ink.ts';
import type { Canvas } from './raster.ts';
import { type Stamp, Strokes } from './shapes.ts';

/** A hand of lettering: sizes in pixels. */
export interface Style {
  /** Height of a capital, strokes included. */
  readonly size: number;
  /** Width of a stroke as a part of the size. */
  readonly weight: number;
}

/** The strokes of one letter whose box begins at `x`; capitals reach from `top` to `top + style.size`. */
function letter(character: string, x: number, top: number, style: Style): Strokes | undefined {
  const { strokes } = glyph(character);
  if (strokes.length === 0) return undefined;
  const weight = style.size * style.weight;
  const height = style.size - weight;
  return new Strokes(
    strokes.map((value, i) => (i % 2 === 0 ? x + value * height : top + weight / 2 + value * height)),
    weight,
  );
}

/** Width of a line of text in pixels. */
export const lineWidth = (text: string, style: Style): number =>
  (textWidth(text) + style.weight) * style.size * (1 - style.weight) + style.size * style.weight ** 2;

/** Writes a line of text, its left edge at `x`, the top of its capitals at `top`. */
export function write(canvas: Canvas, text: string, x: number, top: number, style: Style, ink: Ink): void {
  let pen = x + (style.size * style.weight) / 2;
  for (const character of text) {
    const strokes = letter(character, pen, top, style);
    if (strokes) canvas.paint(strokes, ink);
    pen += advance(character) * style.size * (1 - style.weight);
  }
}

/** Letters drawn once, for a line that changes with every frame. They stand on whole pixels. */
export class Stamps {
  /** Height of every stamp, in pixels. */
  readonly height: number;
  private readonly stamps = new Map<string, Stamp>();

  constructor(characters: string, style: Style) {
    const margin = 1;
    const unit = style.size * (1 - style.weight);
    this.height = Math.ceil(style.size) + 2 * margin;
    for (const character of characters) {
      const width = Math.max(1, Math.round(advance(character) * unit));
      const strokes = letter(character, (width - glyph(character).width * unit) / 2, margin, style);
      const data = new Uint8Array(width * this.height);
      for (let y = 0; strokes && y < this.height; y++)
        strokes.row(y, data.subarray(y * width, (y + 1) * width), { from: 0, to: 0 });
      this.stamps.set(character, { width, height: this.height, data });
    }
  }

  /** The stamp of one of the characters that were asked for. */
  of(character: string): Stamp {
    const stamp = this.stamps.get(character);
    if (!stamp) throw new RangeError(`no stamp of '${character}'`);
    return stamp;
  }

  width(text: string): number {
    let width = 0;
    for (const character of text) width += this.of(character).width;
    return width;
  }
}
