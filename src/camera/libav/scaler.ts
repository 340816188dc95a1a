import type { Frame, SoftwareScaleContext } from 'node-av/lib';
import { FailureError } from '../../errors.ts';
import type { Libav } from '../../libav/load.ts';
import type { Picture } from '../picture.ts';

/** Turns decoded frames of any format and size into pictures of one size: I420, limited range. */
export class Scaler {
  private readonly libav: Libav;
  private readonly width: number;
  private readonly height: number;
  private readonly scaled: Frame;
  private context: SoftwareScaleContext | undefined;
  private from = '';

  constructor(libav: Libav, width: number, height: number) {
    this.libav = libav;
    this.width = width;
    this.height = height;
    this.scaled = new libav.Frame();
    this.scaled.alloc();
    this.scaled.format = libav.constants.AV_PIX_FMT_YUV420P;
    this.scaled.width = width;
    this.scaled.height = height;
    this.scaled.colorRange = libav.constants.AVCOL_RANGE_MPEG;
    this.scaled.getBuffer();
  }

  /** The picture has memory of its own. */
  async picture(frame: Frame): Promise<Picture> {
    const [width, height] = [this.width, this.height];
    const { AV_PIX_FMT_YUV420P } = this.libav.constants;
    const as = frame.format === AV_PIX_FMT_YUV420P && frame.width === width && frame.height === height;
    return { width, height, data: (as ? frame : await this.convert(frame)).toBuffer() };
  }

  free(): void {
    this.context?.freeContext();
    this.scaled.free();
  }

  private async convert(frame: Frame): Promise<Frame> {
    const { AV_PIX_FMT_YUV420P, SWS_BILINEAR } = this.libav.constants;
    const from = `${frame.width}x${frame.height} ${frame.format}`;
    if (!this.context || this.from !== from) {
      this.context?.freeContext();
      this.context = new this.libav.SoftwareScaleContext();
      const format = frame.format as typeof AV_PIX_FMT_YUV420P;
      const [width, height] = [this.width, this.height];
      this.context.getContext(frame.width, frame.height, format, width, height, AV_PIX_FMT_YUV420P, SWS_BILINEAR);
      this.from = from;
    }
    const code = await this.context.scaleFrame(this.scaled, frame);
    if (code < 0) throw new FailureError(`a frame can't be converted: ${this.libav.FFmpegError.strerror(code)}`);
    return this.scaled;
  }
}
