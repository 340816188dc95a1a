import { lumaWeights, type Picture } from '../picture.ts';
import type { Curve } from './tone.ts';

/** Channels reach beyond black and white by less than this, in levels of luma, whatever U and V are. */
const BEYOND = 256;
const ENTRIES = BEYOND + 256 + BEYOND;
/** Limited range: luma of black, levels of luma from black to white, levels of chroma from end to end. */
const BLACK = 16;
const LUMA = 219;
const CHROMA = 224;

/**
 * A curve each for red, green and blue, on I420 of limited range: a pixel's channels come from its luma and its block's
 * chroma by the matrix of the picture's height (BT.601, from 720 lines up BT.709), go through the curves, and come
 * back; chroma is the mean of the block's four. Channels are looked up at whole levels: the result is right to a level.
 */
export class Curves {
  private readonly red: Int32Array;
  private readonly green: Int32Array;
  private readonly blue: Int32Array;
  /**
   * What V adds to luma for red, U for blue, and both for green, in levels; with the table's offset in red, blue and
   * one of green.
   */
  private readonly redOfV: Int32Array;
  private readonly blueOfU: Int32Array;
  private readonly greenOfU: Float64Array;
  private readonly greenOfV: Float64Array;
  private readonly toU: number;
  private readonly toV: number;
  private readonly kr: number;
  private readonly kb: number;

  constructor(red: Curve, green: Curve, blue: Curve, lines: number) {
    const [kr, kb] = lumaWeights(lines);
    const kg = 1 - kr - kb;
    this.kr = kr;
    this.kb = kb;
    this.red = table(red, kr);
    this.green = table(green, kg);
    this.blue = table(blue, kb);
    const step = (weight: number) => (2 * (1 - weight) * LUMA) / CHROMA;
    this.redOfV = Int32Array.from({ length: 256 }, (_, v) => Math.round((v - 128) * step(kr)) + BEYOND);
    this.blueOfU = Int32Array.from({ length: 256 }, (_, u) => Math.round((u - 128) * step(kb)) + BEYOND);
    this.greenOfV = Float64Array.from({ length: 256 }, (_, v) => (-(v - 128) * step(kr) * kr) / kg);
    this.greenOfU = Float64Array.from({ length: 256 }, (_, u) => (-(u - 128) * step(kb) * kb) / kg + BEYOND + 0.5);
    this.toV = 1 / (step(kr) * 4 * SCALE);
    this.toU = 1 / (step(kb) * 4 * SCALE);
  }

  /** `to` may be the data of `from`. */
  apply(from: Picture, to: Uint8Array): void {
    const { width, height, data } = from;
    const red = this.red;
    const green = this.green;
    const blue = this.blue;
    const [overRed, overBlue] = [1 / this.kr, 1 / this.kb];
    const luma = width * height;
    const half = width / 2;
    for (let row = 0; row < height; row += 2)
      for (let column = 0; column < half; column++) {
        const chroma = luma + (row >> 1) * half + column;
        const u = data[chroma] as number;
        const v = data[chroma + luma / 4] as number;
        const r = this.redOfV[v] as number;
        const b = this.blueOfU[u] as number;
        const g = ((this.greenOfU[u] as number) + (this.greenOfV[v] as number)) | 0;
        const at = row * width + 2 * column;
        let [reds, blues, lumas] = [0, 0, 0];
        for (let k = 0; k < 4; k++) {
          const pixel = at + (k & 1) + (k >> 1) * width;
          const y = data[pixel] as number;
          const ofRed = red[y + r] as number;
          const ofBlue = blue[y + b] as number;
          const sum = ofRed + (green[y + g] as number) + ofBlue;
          reds += ofRed;
          blues += ofBlue;
          lumas += sum;
          to[pixel] = BLACK + ((sum + SCALE / 2) >> SHIFT);
        }
        to[chroma] = (128.5 + (blues * overBlue - lumas) * this.toU) | 0;
        to[chroma + luma / 4] = (128.5 + (reds * overRed - lumas) * this.toV) | 0;
      }
  }
}

const SHIFT = 16;
const SCALE = 1 << SHIFT;

/**
 * A curve by the level of luma that its channel stands at, times the channel's weight in luma, in 1/65536 of a level
 * above black.
 */
function table(curve: Curve, weight: number): Int32Array {
  return Int32Array.from({ length: ENTRIES }, (_, i) => {
    const level = Math.min(1, Math.max(0, (i - BEYOND - BLACK) / LUMA));
    return Math.round(curve(level) * LUMA * weight * SCALE);
  });
}
