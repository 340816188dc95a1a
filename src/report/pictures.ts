import type { Jpeg, PictureLimits } from '../libav/picture-file.ts';
import { openPictures } from '../libav/pictures.ts';
import { partsOf, type Take, type TakeCamera } from '../record/take.ts';
import { takePath } from '../record/take-path.ts';
import { periodUs } from '../time/frame-rate.ts';
import { slotsOf } from '../verify/read-times.ts';

/** What is said while pictures are taken: which file, how many are done of how many. */
export type PictureProgress = (file: string, done: number, of: number) => void;

export interface PictureWatch {
  readonly onPicture?: PictureProgress | undefined;
  /** Ends the work when aborted: its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** What all pictures of a page may have, in bytes of JPEG: a third more in the page. */
const BUDGET = 400_000;
/** Bytes that a picture may have whatever the budget, and that none needs more than. */
const LEAST_BYTES = 6_000;
const MOST_BYTES = 48_000;
/** Longer sides, by how many cameras there are. */
const SIDES: readonly (readonly [cameras: number, side: number])[] = [
  [2, 640],
  [4, 480],
  [8, 320],
  [Number.POSITIVE_INFINITY, 240],
];

export function limitsFor(cameras: number, moments: number): PictureLimits {
  const side = SIDES.find(([most]) => cameras <= most)?.[1] ?? 240;
  const share = Math.floor(BUDGET / Math.max(1, cameras * moments));
  return { side, bytes: Math.max(LEAST_BYTES, Math.min(MOST_BYTES, share)) };
}

/** The frames of a camera at these slots; undefined where it has none, or it can't be decoded. */
export async function picturesOf(
  folder: string,
  take: Take,
  camera: TakeCamera,
  slots: readonly number[],
  limits: PictureLimits,
  { onPicture, signal }: { readonly onPicture: () => void; readonly signal: AbortSignal | undefined },
): Promise<(Jpeg | undefined)[]> {
  const pictures = new Array<Jpeg | undefined>(slots.length).fill(undefined);
  for (const { file } of partsOf(camera)) {
    const video = await openPictures(takePath(folder, file), undefined, signal).catch(() => undefined);
    signal?.throwIfAborted();
    if (video === undefined) continue;
    try {
      const frames = new Map(slotsOf(video.ptsUs, periodUs(take.frameRate)).map((slot, frame) => [slot, frame]));
      for (const [i, slot] of slots.entries()) {
        const frame = frames.get(slot);
        if (frame === undefined) continue;
        // A page without one picture is better than none.
        pictures[i] = await video.jpeg(frame, limits).catch(() => undefined);
        signal?.throwIfAborted();
        onPicture();
      }
    } finally {
      await video.close();
    }
  }
  return pictures;
}
