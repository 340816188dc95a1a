import type { CodecContext, Frame, SoftwareScaleContext } from 'node-av/lib';
import type { Picture } from '../../camera/picture.ts';
import type { Libav } from '../../libav/load.ts';

/** Encoders that copy a picture while they take it; others may refer to it later. */
const COPIES = new Set(['libx264', 'rawvideo']);

/** Makes FFmpeg's frames of pictures, in the encoder's pixel format. */
export class FrameMaker {
  readonly #libav: Libav;
  readonly #codec: CodecContext;
  readonly #copies: boolean;
  /** One frame for all pictures: its buffer makes FFmpeg take it by reference, `fromBuffer` then points it at the picture. */
  readonly #source: Frame;
  readonly #target: Frame;
  #scaler: SoftwareScaleContext | undefined;

  constructor(libav: Libav, codec: CodecContext, encoder: string) {
    const { AV_PIX_FMT_YUV420P, AVCOL_RANGE_MPEG, SWS_BILINEAR } = libav.constants;
    const { width, height, pixelFormat } = codec;
    this.#libav = libav;
    this.#codec = codec;
    this.#copies = COPIES.has(encoder) && pixelFormat === AV_PIX_FMT_YUV420P;
    this.#source = new libav.Frame();
    this.#source.alloc();
    this.#source.format = AV_PIX_FMT_YUV420P;
    this.#source.width = width;
    this.#source.height = height;
    this.#source.colorRange = AVCOL_RANGE_MPEG;
    this.#source.getBuffer();
    this.#target = new libav.Frame();
    this.#target.alloc();
    if (pixelFormat === AV_PIX_FMT_YUV420P) return;
    this.#scaler = new libav.SoftwareScaleContext();
    this.#scaler.getContext(width, height, AV_PIX_FMT_YUV420P, width, height, pixelFormat, SWS_BILINEAR);
  }

  /** The picture's frame, valid until the next one is made. The picture is free again when the encoder has taken the frame. */
  async make({ data }: Picture, slot: number, keyframe: boolean): Promise<Frame> {
    const { AV_PICTURE_TYPE_I, AV_PICTURE_TYPE_NONE } = this.#libav.constants;
    this.#source.fromBuffer(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    const frame = this.#copies ? this.#source : await this.#own();
    frame.pts = BigInt(slot);
    frame.duration = 1n;
    frame.pictType = keyframe ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    frame.quality = this.#codec.globalQuality;
    return frame;
  }

  free(): void {
    this.#scaler?.freeContext();
    this.#source.free();
    this.#target.free();
  }

  /** A frame with memory of its own, which the encoder may keep. */
  async #own(): Promise<Frame> {
    const frame = this.#target;
    frame.unref();
    frame.format = this.#codec.pixelFormat;
    frame.width = this.#codec.width;
    frame.height = this.#codec.height;
    frame.colorRange = this.#codec.colorRange;
    frame.getBuffer();
    if (this.#scaler) await this.#scaler.scaleFrame(frame, this.#source);
    else frame.copy(this.#source);
    return frame;
  }
}
