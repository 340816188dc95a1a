import type { Picture } from '../picture.ts';

/** Most that 16 times a pixel can differ from 16 times its blur. */
const REACH = 16 * 255;

/**
 * Sharpness of luma: y + (amount - 1) (y - blur(y)), where blur is the 3 x 3 binomial filter (1 2 1) x (1 2 1) / 16. So
 * 0 is the blurred picture, 1 leaves it as it is, and more is an unsharp mask. Cut to limited range.
 */
export class Sharpen {
  /** What is added to a pixel, by 16 (y - blur) + `REACH`. */
  private readonly added: Int16Array;

  constructor(amount: number) {
    this.added = Int16Array.from({ length: 2 * REACH + 1 }, (_, i) => Math.round(((amount - 1) * (i - REACH)) / 16));
  }

  /** `to` may be the data of `from`; chroma is not touched. */
  apply({ width, height, data }: Picture, to: Uint8Array): void {
    const added = this.added;
    // In place, the rows above and here are needed as they were.
    let above = data.slice(0, width);
    let here = data.slice(0, width);
    const column = new Int32Array(width + 2);
    for (let y = 0; y < height; y++) {
      const at = y * width;
      const below = y + 1 < height ? data.subarray(at + width, at + 2 * width) : here;
      for (let x = 0; x < width; x++)
        column[x + 1] = (above[x] as number) + 2 * (here[x] as number) + (below[x] as number);
      column[0] = column[1] as number;
      column[width + 1] = column[width] as number;
      [above, here] = [here, above];
      here.set(below);
      for (let x = 0; x < width; x++) {
        const middle = above[x] as number;
        const blurred = (column[x] as number) + 2 * (column[x + 1] as number) + (column[x + 2] as number);
        const level = middle + (added[16 * middle - blurred + REACH] as number);
        to[at + x] = level < 16 ? 16 : level > 235 ? 235 : level;
      }
    }
  }
}
