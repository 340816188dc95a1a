import type { LumaPlane } from './layout.ts';

/** How a camera may turn the picture: not at all, by half a turn, mirrored, upside down and mirrored. */
export const ORIENTATIONS = ['upright', 'turned', 'mirrored', 'flipped'] as const;
export type Orientation = (typeof ORIENTATIONS)[number];

/** Turns pictures back. Its result is valid until the next call. */
export class Turner {
  private data = new Uint8Array(0);

  /** The picture as it would be without the orientation; the picture itself where it is upright. */
  upright(plane: LumaPlane, orientation: Orientation): LumaPlane {
    if (orientation === 'upright') return plane;
    const { width, height, stride } = plane;
    if (this.data.length !== width * height) this.data = new Uint8Array(width * height);
    const data = this.data;
    for (let y = 0; y < height; y++) {
      const from = orientation === 'mirrored' ? y : height - 1 - y;
      const row = data.subarray(y * width, (y + 1) * width);
      row.set(plane.data.subarray(from * stride, from * stride + width));
      if (orientation !== 'flipped') row.reverse();
    }
    return { data, width, height, stride: width };
  }
}
