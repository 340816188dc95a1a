import { UsageError } from '../../errors.ts';
import type { EncoderOptions } from '../encoder.ts';

/** The encoder's name in FFmpeg. */
export function encoderName({ codec = 'h264', libavCodec }: Pick<EncoderOptions, 'codec' | 'libavCodec'>): string {
  if (codec === 'mjpeg') return 'mjpeg';
  if (codec === 'yuv420') return 'rawvideo';
  return libavCodec ?? 'libx264';
}

const H264 = /^(libx264|libx264rgb|libopenh264|h264(_.*)?)$/;
const HEVC = /^(libx265|hevc(_.*)?)$/;

/** The codec that an encoder makes, by FFmpeg's names: h264, hevc; other encoders mostly have their codec's name. */
export function codecOf(encoder: string): string {
  if (H264.test(encoder)) return 'h264';
  if (HEVC.test(encoder)) return 'hevc';
  return encoder === 'libxvid' ? 'mpeg4' : encoder.replace(/_(v4l2m2m|nvenc|vaapi|qsv|amf|omx|videotoolbox)$/, '');
}

/** True for encoders that make every frame a keyframe. */
export const isIntraOnly = (encoder: string): boolean => encoder === 'mjpeg' || encoder === 'rawvideo';

/** @param where Whose encoders were looked through. */
export const noEncoder = (encoder: string, where: string): UsageError =>
  new UsageError(`${encoder}: ${where} has no video encoder of this name`);

export const unknownOption = (encoder: string, option: string): UsageError =>
  new UsageError(`libav option ${option}: ${encoder} has no such option`);

export function badOption(encoder: string, option: string, value: string, reason: string): UsageError {
  return new UsageError(`libav option ${option}=${value}: ${encoder} does not take this value: ${reason}`);
}

export const noHardware = (encoder: string, reason: string): UsageError =>
  new UsageError(`${encoder}: this machine has no hardware for it (${reason}); libx264 needs none`);
