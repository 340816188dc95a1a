import type { Ink } from '../../drawing/ink.ts';
import { lumaWeights } from '../picture.ts';

/** Factors on red, green and blue in linear light: a camera's white balance. */
export type Gains = readonly [red: number, green: number, blue: number];

/** Below this much linear light the sensor answers in proportion; above, it saturates gently towards 1. */
const KNEE = 0.75;

/**
 * What a camera makes of the scene's colours: its white balance, its brightness (exposure x gain, 1 = as designed) with
 * a soft shoulder instead of hard clipping, and limited-range Y'CbCr.
 */
export class Palette {
  private readonly gains: Gains;
  private readonly brightness: number;
  private readonly kr: number;
  private readonly kb: number;

  /**
   * @param lines the picture's height: players take untagged video of 720 lines and more for BT.709, else for BT.601.
   */
  constructor(gains: Gains, brightness: number, lines: number) {
    this.gains = gains;
    this.brightness = brightness;
    [this.kr, this.kb] = lumaWeights(lines);
  }

  /** The ink for an sRGB colour (0xRRGGBB); `alpha` from 0 to 1. */
  ink(rgb: number, alpha = 1): Ink {
    return this.expose(linear(rgb >> 16), linear(rgb >> 8), linear(rgb), alpha);
  }

  /** `steps` inks from one sRGB colour to another, even in linear light. */
  ramp(from: number, to: number, steps: number): Ink[] {
    return Array.from({ length: steps }, (_, i) => {
      const mix = (shift: number) =>
        linear(from >> shift) + ((linear(to >> shift) - linear(from >> shift)) * i) / (steps - 1);
      return this.expose(mix(16), mix(8), mix(0), 1);
    });
  }

  private expose(red: number, green: number, blue: number, alpha: number): Ink {
    const r = encode(shoulder(red * this.gains[0] * this.brightness));
    const g = encode(shoulder(green * this.gains[1] * this.brightness));
    const b = encode(shoulder(blue * this.gains[2] * this.brightness));
    const luma = this.kr * r + (1 - this.kr - this.kb) * g + this.kb * b;
    return {
      y: Math.round(16 + 219 * luma),
      u: Math.round(128 + (112 * (b - luma)) / (1 - this.kb)),
      v: Math.round(128 + (112 * (r - luma)) / (1 - this.kr)),
      alpha: Math.round(alpha * 256),
    };
  }
}

/** Grey without colour, the same through every camera. `y` from 16 to 235. */
export const neutral = (y: number): Ink => ({ y, u: 128, v: 128, alpha: 256 });

/** The lowest byte as an sRGB value (IEC 61966-2-1), made linear. */
function linear(byte: number): number {
  const c = (byte & 255) / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
}

const encode = (light: number): number => (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055);

const shoulder = (light: number): number =>
  light <= KNEE ? light : KNEE + (1 - KNEE) * (1 - Math.exp((KNEE - light) / (1 - KNEE)));
