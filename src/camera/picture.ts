/**
 * A picture in planar YUV 4:2:0 (I420, limited range BT.601/709 levels: Y 16 to 235): `data` holds the Y plane
 * (width x height bytes), then U, then V (each width/2 x height/2), rows without padding. Width and height are even.
 */
export interface Picture {
  /** Width, in pixels: even. */
  readonly width: number;
  /** Height, in pixels: even. */
  readonly height: number;
  /** Its samples, one byte each: Y, then U, then V. */
  readonly data: Uint8Array;
}

/** A part of a picture, in pixels from its top-left corner. */
export interface PixelRect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Bytes of an I420 picture of this size. */
export const pictureBytes = (width: number, height: number): number => (width * height * 3) / 2;

/**
 * Weights of red and blue in the luma of a picture with this many lines: ITU-R BT.709 from 720 lines up, BT.601 below,
 * as players take it.
 */
export const lumaWeights = (lines: number): [red: number, blue: number] =>
  lines >= 720 ? [0.2126, 0.0722] : [0.299, 0.114];
