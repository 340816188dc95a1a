import type { FilterGraph, Frame } from 'node-av/lib';
import { FailureError } from '../errors.ts';
import { type FilterEnds, filterEnds } from './filters.ts';
import type { Libav } from './load.ts';
import type { Turn } from './turn.ts';
import type { DecodedPicture } from './video-file.ts';

/** What makes 8 bit 4:2:0 of limited range of any picture. */
export const AS_SHOWN = 'scale=out_range=tv,format=yuv420p';

/** Makes pictures with their colours of decoded frames, as they are shown, by FFmpeg's filters in process. */
export class PictureReader {
  private readonly libav: Libav;
  private readonly turn: Turn;
  private readonly made: Frame;
  private graph: FilterGraph | undefined;
  private ends: FilterEnds | undefined;
  private from = '';

  constructor(libav: Libav, turn: Turn) {
    this.libav = libav;
    this.turn = turn;
    this.made = new libav.Frame();
    this.made.alloc();
  }

  /** The picture has memory of its own. @throws FailureError where it can't be converted. */
  async read(frame: Frame): Promise<Pick<DecodedPicture, 'width' | 'height' | 'data'>> {
    const { source, sink } = await this.endsFor(frame);
    this.check(await source.buffersrcAddFrame(frame));
    this.check(await sink.buffersinkGetFrame(this.made));
    try {
      return this.turned(this.made);
    } finally {
      this.made.unref();
    }
  }

  free(): void {
    this.graph?.free();
    this.graph = undefined;
    this.made.free();
  }

  private turned(frame: Frame): Pick<DecodedPicture, 'width' | 'height' | 'data'> {
    const [width, height] = this.turn.swaps ? [frame.height, frame.width] : [frame.width, frame.height];
    const data = new Uint8Array((width * height * 3) / 2);
    let at = 0;
    for (let plane = 0; plane < 3; plane++) {
      const share = plane === 0 ? 1 : 2;
      const [columns, rows] = [frame.width / share, frame.height / share];
      const stored = frame.data?.[plane] ?? new Uint8Array(0);
      const stride = frame.linesize[plane] ?? columns;
      const shown = this.turn.apply({ data: stored, width: columns, height: rows, stride });
      for (let row = 0; row < shown.height; row++, at += shown.width)
        data.set(shown.data.subarray(row * shown.stride, row * shown.stride + shown.width), at);
    }
    return { width, height, data };
  }

  /** The filters for frames of this kind: they stay as long as it does. */
  private async endsFor({ width, height, format, colorSpace, colorRange }: Frame): Promise<FilterEnds> {
    const kind = `video_size=${width}x${height}:pix_fmt=${format}:time_base=1/1000000:colorspace=${colorSpace}:range=${colorRange}`;
    if (this.ends !== undefined && this.from === kind) return this.ends;
    this.graph?.free();
    this.graph = new this.libav.FilterGraph();
    const filters = { source: 'buffer', frames: kind, sink: 'buffersink', chain: AS_SHOWN };
    this.ends = await filterEnds(this.libav, this.graph, filters);
    this.from = kind;
    return this.ends;
  }

  private check(code: number): void {
    if (code < 0) throw new FailureError(`a picture can't be converted: ${this.libav.FFmpegError.strerror(code)}`);
  }
}
