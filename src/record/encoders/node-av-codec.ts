import type { Codec, CodecContext, Frame, SoftwareScaleContext } from 'node-av/lib';
import type { Picture } from '../../camera/picture.ts';
import { UsageError } from '../../errors.ts';
import type { Libav } from '../../libav/load.ts';
import type { EncoderOptions } from '../encoder.ts';
import { coloursOf } from './colours.ts';
import { badOption, encoderName, noEncoder, noHardware, unknownOption } from './encoder-name.ts';
import { encoderSettings } from './settings.ts';
import { keyframeDistance } from './x264.ts';

/**
 * Opens the encoder that the options name.
 * @param globalHeader True where the container keeps the stream's headers.
 * @throws UsageError that names the encoder, or the option that it does not take.
 */
export async function openCodec(libav: Libav, options: EncoderOptions, globalHeader: boolean): Promise<CodecContext> {
  const name = encoderName(options);
  const codec = libav.Codec.findEncoderByName(name as Parameters<typeof libav.Codec.findEncoderByName>[0]);
  if (!codec || codec.type !== libav.constants.AVMEDIA_TYPE_VIDEO) throw noEncoder(name, 'node-av');
  const context = prepare(libav, codec, options, globalHeader);
  const opened = await context.open2(codec, null);
  if (opened >= 0) return context;
  context.freeContext();
  const reason = libav.FFmpegError.strerror(opened);
  for (const [option, value] of Object.entries(options.libavOptions ?? {})) {
    const { [option]: _, ...others } = options.libavOptions ?? {};
    if (await opens(libav, codec, { ...options, libavOptions: others })) throw badOption(name, option, value, reason);
  }
  if (codec.hasCapabilities(libav.constants.AV_CODEC_CAP_HARDWARE)) throw noHardware(name, reason);
  throw new UsageError(`${options.file}: ${name} does not take these settings: ${reason}`);
}

async function opens(libav: Libav, codec: Codec, options: EncoderOptions): Promise<boolean> {
  const context = prepare(libav, codec, options, false);
  const opened = await context.open2(codec, null);
  context.freeContext();
  return opened >= 0;
}

function prepare(libav: Libav, codec: Codec, options: EncoderOptions, globalHeader: boolean): CodecContext {
  const { constants, Option, Rational } = libav;
  const name = encoderName(options);
  const timeBase = new Rational(options.frameRate.den, options.frameRate.num);
  const context = new libav.CodecContext();
  context.allocContext3(codec);
  context.width = options.width;
  context.height = options.height;
  context.pixelFormat = pixelFormat(libav, codec, name);
  context.colorRange = name === 'mjpeg' ? constants.AVCOL_RANGE_JPEG : constants.AVCOL_RANGE_MPEG;
  const { primaries, transfer, matrix } = coloursOf(options);
  context.colorPrimaries = primaries as typeof context.colorPrimaries;
  context.colorTrc = transfer as typeof context.colorTrc;
  context.colorSpace = matrix as typeof context.colorSpace;
  context.timeBase = timeBase;
  context.framerate = timeBase.inv();
  context.gopSize = keyframeDistance(options);
  const search = constants.AV_OPT_SEARCH_CHILDREN;
  const has = (option: string) => Option.find2(context.getNative(), option, search)?.isDifferentTarget === true;
  for (const [option, value] of Object.entries(encoderSettings(options, has))) {
    const set = Option.set(context.getNative(), option, value, search);
    if (set >= 0) continue;
    context.freeContext();
    if (set === constants.AVERROR_OPTION_NOT_FOUND) throw unknownOption(name, option);
    throw badOption(name, option, value, libav.FFmpegError.strerror(set));
  }
  if (globalHeader) context.setFlags(constants.AV_CODEC_FLAG_GLOBAL_HEADER);
  return context;
}

/**
 * Pictures as they come where the encoder takes those, else the nearest to them; full range for JPEG, whose only one it
 * is.
 */
function pixelFormat(libav: Libav, codec: Codec, name: string): CodecContext['pixelFormat'] {
  const { AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P } = libav.constants;
  if (name === 'mjpeg') return AV_PIX_FMT_YUVJ420P;
  const formats = codec.pixelFormats;
  if (!formats || formats.length === 0 || formats.includes(AV_PIX_FMT_YUV420P)) return AV_PIX_FMT_YUV420P;
  const inMemory = formats.filter((format) => !libav.avIsHardwarePixelFormat(format));
  if (inMemory.length === 0) throw new UsageError(`${name}: takes pictures in the memory of graphics hardware only`);
  return libav.avcodecFindBestPixFmtOfList(inMemory, AV_PIX_FMT_YUV420P);
}

/** Encoders that copy a picture while they take it; others may refer to it later. */
const COPIES = new Set(['libx264', 'rawvideo']);

/** Makes FFmpeg's frames of pictures, in the encoder's pixel format. */
export class FrameMaker {
  private readonly libav: Libav;
  private readonly codec: CodecContext;
  private readonly copies: boolean;
  /**
   * One frame for all pictures: its buffer makes FFmpeg take it by reference, `fromBuffer` then points it at the
   * picture.
   */
  private readonly source: Frame;
  private readonly target: Frame;
  private scaler: SoftwareScaleContext | undefined;

  constructor(libav: Libav, codec: CodecContext, encoder: string) {
    const { AV_PIX_FMT_YUV420P, AVCOL_RANGE_MPEG, SWS_BILINEAR } = libav.constants;
    const { width, height, pixelFormat } = codec;
    this.libav = libav;
    this.codec = codec;
    this.copies = COPIES.has(encoder) && pixelFormat === AV_PIX_FMT_YUV420P;
    this.source = new libav.Frame();
    this.source.alloc();
    this.source.format = AV_PIX_FMT_YUV420P;
    this.source.width = width;
    this.source.height = height;
    this.source.colorRange = AVCOL_RANGE_MPEG;
    this.source.getBuffer();
    this.target = new libav.Frame();
    this.target.alloc();
    if (pixelFormat === AV_PIX_FMT_YUV420P) return;
    this.scaler = new libav.SoftwareScaleContext();
    this.scaler.getContext(width, height, AV_PIX_FMT_YUV420P, width, height, pixelFormat, SWS_BILINEAR);
  }

  /**
   * The picture's frame, valid until the next one is made. The picture is free again when the encoder has taken the
   * frame.
   */
  async make({ data }: Picture, slot: number, keyframe: boolean): Promise<Frame> {
    const { AV_PICTURE_TYPE_I, AV_PICTURE_TYPE_NONE } = this.libav.constants;
    this.source.fromBuffer(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    const frame = this.copies ? this.source : await this.own();
    frame.pts = BigInt(slot);
    frame.duration = 1n;
    frame.pictType = keyframe ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    frame.quality = this.codec.globalQuality;
    return frame;
  }

  free(): void {
    this.scaler?.freeContext();
    this.source.free();
    this.target.free();
  }

  /** A frame with memory of its own, which the encoder may keep. */
  private async own(): Promise<Frame> {
    const frame = this.target;
    frame.unref();
    frame.format = this.codec.pixelFormat;
    frame.width = this.codec.width;
    frame.height = this.codec.height;
    frame.colorRange = this.codec.colorRange;
    frame.getBuffer();
    if (this.scaler) await this.scaler.scaleFrame(frame, this.source);
    else frame.copy(this.source);
    return frame;
  }
}
