/** How large a picture may be. */
export interface PictureLimits {
  /** Longer side in pixels; pictures are made smaller, never larger. */
  readonly side: number;
  /** What a coarser quality is taken for; the coarsest is taken whatever its size. */
  readonly bytes: number;
}

export interface Jpeg {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A video file whose frames are asked for one by one. */
export interface PictureFile {
  /** When its frames are shown, in us, in that order. */
  readonly ptsUs: readonly number[];
  /**
   * A frame as JPEG, decoded from the keyframe before it.
   * @param index in the order of presentation, from 0.
   * @throws UsageError that names the file where the frame can't be decoded.
   */
  jpeg(index: number, limits: PictureLimits): Promise<Jpeg>;
  close(): Promise<void>;
}

/** FFmpeg's qscales that are tried, from fine to coarse. */
export const QSCALES = [3, 5, 8, 12, 18, 31] as const;

/** Size of a picture within the limits, with its shape kept. */
export function fitted(
  width: number,
  height: number,
  side: number,
): { readonly width: number; readonly height: number } {
  const factor = Math.min(1, side / Math.max(width, height));
  const even = (length: number): number => Math.max(2, 2 * Math.round((length * factor) / 2));
  return { width: even(width), height: even(height) };
}

/**
 * FFmpeg's filter for a JPEG of that size. Videos of a take are of BT.709 from 720 lines up, of BT.601 below, as
 * players take those that don't say it; JPEG is BT.601 in full range.
 */
export const jpegScale = (
  lines: number,
  { width, height }: { readonly width: number; readonly height: number },
): string =>
  `${width}:${height}:flags=area:in_color_matrix=${lines >= 720 ? 'bt709' : 'bt601'}:out_color_matrix=bt601:out_range=full`;
