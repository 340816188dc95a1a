import type { Stream } from 'node-av/lib';
import type { Libav } from './load.ts';
import type { Luma } from './video-file.ts';

/** How a picture is turned and mirrored before it is shown, as phones that are held upright have it done. */
export interface Turn {
  /** True where what is stored as a row is shown as a column. */
  readonly swaps: boolean;
  /** True where pictures are shown as they are stored. */
  readonly stays: boolean;
  /** The picture as it is shown. Its memory is used again. */
  apply(luma: Luma): Luma;
}

/**
 * The display matrix of a stream: nine numbers, of which the first two of each row say how it is turned; undefined
 * where it has none.
 */
export function displayMatrix(libav: Libav, stream: Stream): Int32Array | undefined {
  const data = stream.codecpar.getCodedSideData(libav.constants.AV_PKT_DATA_DISPLAYMATRIX);
  return data && data.length >= 36 ? Int32Array.from({ length: 9 }, (_, i) => data.readInt32LE(4 * i)) : undefined;
}

/** A turn by the quarter that is nearest, with or without a mirror. */
export function turnOf(matrix: Int32Array | undefined): Turn {
  const [a = 1, b = 0, , c = 0, d = 1] = matrix ?? [];
  const swaps = Math.abs(b) > Math.abs(a);
  // A stored pixel (x, y) is shown at (a x + c y, b x + d y): which of the shown axes go against the stored ones.
  const [backX, backY] = swaps ? [c < 0, b < 0] : [a < 0, d < 0];
  let turned = new Uint8Array(0);
  return {
    swaps,
    stays: !swaps && !backX && !backY,
    apply(luma) {
      if (this.stays) return luma;
      const { data, stride } = luma;
      const [width, height] = swaps ? [luma.height, luma.width] : [luma.width, luma.height];
      if (turned.length !== width * height) turned = new Uint8Array(width * height);
      // From one shown pixel of a row to the next, and from one row to the next, in what is stored.
      const [alongX, alongY] = swaps ? [stride, 1] : [1, stride];
      const [stepX, stepY] = [backX ? -alongX : alongX, backY ? -alongY : alongY];
      let row = (backX ? (width - 1) * alongX : 0) + (backY ? (height - 1) * alongY : 0);
      for (let y = 0, to = 0; y < height; y++, row += stepY)
        for (let x = 0, from = row; x < width; x++, from += stepX) turned[to++] = data[from] as number;
      return { data: turned, width, height, stride: width };
    },
  };
}
