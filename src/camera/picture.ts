/**
 * A picture in planar YUV 4:2:0 (I420, limited range BT.601/709 levels: Y 16 to 235): `data` holds the Y plane
 * (width x height bytes), then U, then V (each width/2 x height/2), rows without padding. Width and height are even.
 */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Bytes of an I420 picture of this size. */
export const pictureBytes = (width: number, height: number): number => (width * height * 3) / 2;
