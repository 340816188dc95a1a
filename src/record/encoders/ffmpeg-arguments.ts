import { type NamedTags, tagArguments } from '../../libav/file-tags.ts';
import type { EncoderOptions } from '../encoder.ts';
import { codecOf, encoderName, isIntraOnly } from './encoder-name.ts';
import { muxerSettings } from './muxer.ts';
import { keyframeDistance } from './x264.ts';

/** What the encoder and the container are told. */
export interface FfmpegJob {
  readonly options: EncoderOptions;
  /** The encoder's settings, by FFmpeg's names. */
  readonly settings: Readonly<Record<string, string>>;
  /** Undefined: ffmpeg knows it by the destination's name. */
  readonly container: string | undefined;
  /** By protocol and name. */
  readonly destination: string;
  /** How far the first slot is behind the keyframe grid, in slots. */
  readonly gridOffset: number;
  /** What the file says of itself. Default: nothing. */
  readonly tags?: NamedTags;
}

/** Pictures with their times, in Matroska on stdin. */
export const PICTURES_ON_STDIN = ['-probesize', '32', '-analyzeduration', '0', '-f', 'matroska', '-i', 'pipe:0'];

const QUIET = ['-hide_banner', '-loglevel', 'error', '-copyts'];

/** ffmpeg's arguments. */
export function ffmpegArguments(job: FfmpegJob, input: readonly string[]): string[] {
  const { options, settings, container, destination, gridOffset } = job;
  const { num, den } = options.frameRate;
  const encoder = encoderName(options);
  // The times arrive in whole us; unless they are the true ones, the encoder's time base puts them back onto exact
  // slots.
  const timeBase = options.timestamps === 'true' ? '1:1000000' : `${den}:${num}`;
  const times = ['-fps_mode', 'passthrough', '-enc_time_base', timeBase];
  // n counts frames from the first one.
  const grid = `expr:not(mod(n+${gridOffset},${keyframeDistance(options)}))`;
  const keyframes = isIntraOnly(encoder) ? [] : ['-force_key_frames', grid];
  const muxing = muxerSettings(container, options, {
    cut: destination.startsWith('pipe:') ? 'keyframes' : 'timed',
    plain: false,
  });
  return [
    ...[...QUIET, ...input, '-map', '0:v:0', ...times, '-c:v', encoder],
    ...named(settings, ':v'),
    ...[...keyframes, ...pictures(encoder), ...completed(options, encoder, settings)],
    ...(job.tags ? tagArguments(job.tags) : []),
    ...[...named(muxing), '-avoid_negative_ts', 'disabled', '-muxdelay', '0', '-muxpreload', '0'],
    ...[...(container === undefined ? [] : ['-f', container]), '-y', destination],
  ];
}

/** Settings as arguments. */
export const named = (settings: Readonly<Record<string, string>>, suffix = ''): string[] =>
  Object.entries(settings).flatMap(([name, value]) => [`-${name}${suffix}`, value]);

/** The pixel format; JPEG has full range only. */
function pictures(encoder: string): string[] {
  if (encoder !== 'mjpeg') return ['-pix_fmt', 'yuv420p', '-color_range', 'tv'];
  return ['-vf', 'scale=in_range=tv:out_range=pc,format=yuvj420p', '-color_range', 'pc'];
}

/** Encoders that set no delimiters by themselves get them, and their headers at each keyframe, behind their back. */
function completed({ sink }: EncoderOptions, encoder: string, settings: FfmpegJob['settings']): string[] {
  if (!sink || codecOf(encoder) !== 'h264' || settings.aud !== undefined) return [];
  return ['-bsf:v', 'dump_extra=freq=keyframe,h264_metadata=aud=insert'];
}
