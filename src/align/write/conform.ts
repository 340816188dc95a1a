import { UsageError } from '../../errors.ts';
import { openVideo } from '../../libav/decode.ts';
import type { DecodedPicture } from '../../libav/video-file.ts';
import { chooseEncoder } from '../../record/encoders/encoders.ts';
import { CRF, PRESET, SAME_US, type VideoJob } from './job.ts';
import type { Slots } from './slots.ts';

/**
 * Encodes the frames of a file anew, one a slot, in the file's own size, as they are shown.
 * @returns what stands in the slots: a frame that can't be decoded shows the one before.
 * @throws UsageError where the file can't be decoded, FailureError where the copy can't be written, the signal's reason
 *   where it is aborted.
 */
export async function conformVideo(planned: Slots, job: VideoJob): Promise<Slots> {
  const { file, output, name, frameRate, signal, onProgress } = job;
  const video = await openVideo(file, signal);
  try {
    const { width, height, colours } = video;
    if (width % 2 || height % 2) {
      throw new UsageError(`${file}: pictures of ${width}x${height} can't be encoded: width and height must be even`);
    }
    const encoder = await (await chooseEncoder()).open({
      ...{ file: output, format: 'mp4', width, height, frameRate, crf: CRF, preset: PRESET, colours },
      tags: { name },
    });
    const lost: number[] = [];
    let written = false;
    try {
      const pictures = new Sought(video.pictures(), job.frames);
      const { shown } = planned;
      for (const [slot, frame] of shown.entries()) {
        signal?.throwIfAborted();
        const { picture, found } = await pictures.at(frame);
        if (!found) lost.push(slot);
        await encoder.write(picture, slot);
        onProgress?.(file, slot + 1, shown.length, 'frames');
      }
      written = true;
    } finally {
      // Where something failed before, that is what counts.
      await encoder.close().catch((error: unknown) => {
        if (written) throw error;
      });
    }
    if (lost.length === 0) return planned;
    return { ...planned, repeated: [...new Set([...planned.repeated, ...lost])].sort((a, b) => a - b) };
  } finally {
    await video.close();
  }
}

/** Pictures of a file by their places among the times of its frames, asked for in rising order. */
class Sought {
  private readonly pictures: AsyncIterator<DecodedPicture>;
  private readonly timesUs: readonly number[];
  private current: DecodedPicture | undefined;
  private next: DecodedPicture | undefined;
  private ended = false;

  constructor(pictures: AsyncIterable<DecodedPicture>, timesUs: readonly number[]) {
    this.pictures = pictures[Symbol.asyncIterator]();
    this.timesUs = timesUs;
  }

  /** The picture, or, of one that can't be decoded, the one before; at the beginning the first that there is. */
  async at(frame: number): Promise<{ readonly picture: DecodedPicture; readonly found: boolean }> {
    const us = this.timesUs[frame] as number;
    for (;;) {
      const next = await this.ahead();
      if (next === undefined || (this.current !== undefined && this.usOf(next) > us + SAME_US)) break;
      this.current = next;
      this.next = undefined;
      if (this.usOf(next) > us + SAME_US) break;
    }
    const picture = this.current;
    if (picture === undefined) throw new UsageError('no frame can be decoded');
    return { picture, found: Math.abs(this.usOf(picture) - us) <= SAME_US };
  }

  private async ahead(): Promise<DecodedPicture | undefined> {
    if (this.next === undefined && !this.ended) {
      const { value, done } = await this.pictures.next();
      this.ended = done === true;
      this.next = done ? undefined : value;
    }
    return this.next;
  }

  /** A bare stream's pictures have no times but by their order. */
  private usOf({ ptsUs, index }: DecodedPicture): number {
    return Number.isNaN(ptsUs) ? (this.timesUs[index] ?? Number.POSITIVE_INFINITY) : ptsUs;
  }
}
