import type { Codec, CodecContext } from 'node-av/lib';
import { UsageError } from '../../errors.ts';
import type { Libav } from '../../libav/load.ts';
import type { EncoderOptions } from '../encoder.ts';
import { encoderName } from './encoder-name.ts';
import { keyframeDistance } from './keyframes.ts';
import { encoderSettings } from './settings.ts';
import { badOption, noEncoder, noHardware, unknownOption } from './wrong-settings.ts';

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

/** Pictures as they come where the encoder takes those, else the nearest to them; full range for JPEG, whose only one it is. */
function pixelFormat(libav: Libav, codec: Codec, name: string): CodecContext['pixelFormat'] {
  const { AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P } = libav.constants;
  if (name === 'mjpeg') return AV_PIX_FMT_YUVJ420P;
  const formats = codec.pixelFormats;
  if (!formats || formats.length === 0 || formats.includes(AV_PIX_FMT_YUV420P)) return AV_PIX_FMT_YUV420P;
  const inMemory = formats.filter((format) => !libav.avIsHardwarePixelFormat(format));
  if (inMemory.length === 0) throw new UsageError(`${name}: takes pictures in the memory of graphics hardware only`);
  return libav.avcodecFindBestPixFmtOfList(inMemory, AV_PIX_FMT_YUV420P);
}
