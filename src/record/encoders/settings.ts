import { DEFAULT_PRESET, DEFAULT_QUALITY, type EncoderOptions } from '../encoder.ts';
import { codecOf, encoderName } from './encoder-name.ts';
import { commonSettings, x264Settings, x264Threads } from './x264.ts';

/** FFmpeg's unit of quality: a qscale of 1 (FF_QP2LAMBDA in libavutil/avutil.h). */
const LAMBDA = 118;

/** The largest int: no score of change is above it. */
const NO_SCENE_CHANGE = 2_147_483_647;

/** Numbers of H.264's profiles (ITU-T H.264, A.2), for encoders that know no names. */
const PROFILE_NUMBERS: Readonly<Record<string, string>> = {
  baseline: '66',
  main: '77',
  high: '100',
  high10: '110',
  high422: '122',
  high444: '244',
};

/**
 * The encoder's settings by their names in FFmpeg; the same for every backend.
 * @param has True for an option that this encoder has by itself (beyond those of all encoders).
 */
export function encoderSettings(options: EncoderOptions, has: (name: string) => boolean): Record<string, string> {
  const encoder = encoderName(options);
  const { libavOptions = {} } = options;
  const threads = String(x264Threads(options));
  if (encoder === 'rawvideo') return { ...libavOptions };
  if (encoder === 'mjpeg') {
    const quality = String(jpegQscale(options.quality ?? DEFAULT_QUALITY) * LAMBDA);
    const { flags = '' } = libavOptions;
    // Flags without a sign replace all others, the one that makes quality count among them.
    const kept = `+qscale${/^[+-]?$|^[+-]/.test(flags) ? '' : '+'}${flags}`;
    return { qmin: '1', global_quality: quality, threads, ...libavOptions, flags: kept };
  }
  const merged = encoder.startsWith('libx264') ? x264Settings(options) : otherSettings(options, encoder, has);
  for (const [name, value] of Object.entries(libavOptions)) {
    const ours = name.endsWith('-params') ? merged[name] : undefined;
    merged[name] = ours === undefined ? value : `${ours}:${value}`;
  }
  return merged;
}

/** Settings of encoders other than libx264, most of which is left to FFmpeg. */
function otherSettings(
  options: EncoderOptions,
  encoder: string,
  has: (name: string) => boolean,
): Record<string, string> {
  const { bitrate, profile, level, preset, crf, sink } = options;
  const numbered = codecOf(encoder) === 'h264' && !has('profile');
  return {
    ...commonSettings(options),
    // FFmpeg's own encoders take it for how much a scene has to change.
    ...(has('sc_threshold') && { sc_threshold: String(NO_SCENE_CHANGE) }),
    ...(has('forced-idr') && { 'forced-idr': '1' }),
    ...(sink && has('aud') && { aud: '1' }),
    // x265 writes to stderr by itself, past FFmpeg's log.
    ...(encoder === 'libx265' && {
      preset: DEFAULT_PRESET,
      'x265-params': `log-level=none:scenecut=0:open-gop=0${options.inline ? ':repeat-headers=1' : ''}`,
    }),
    ...(preset !== undefined && { preset }),
    ...(bitrate !== undefined ? { b: String(bitrate) } : crf !== undefined && { crf: String(crf) }),
    ...(profile !== undefined && { profile: numbered ? (PROFILE_NUMBERS[profile] ?? profile) : profile }),
    ...(level !== undefined && { level: numbered ? String(Math.round(Number.parseFloat(level) * 10)) : level }),
  };
}

/*
 * FFmpeg's mjpeg encoder has one knob, qscale: a whole number from 1 (best) to 31, by which it multiplies MPEG-1's
 * default matrix (ISO/IEC 11172-2) over 8. libjpeg multiplies the matrix of ITU-T T.81, annex K, by a percentage that
 * its quality stands for.
 */

const BEST_QSCALE = 1;
const WORST_QSCALE = 31;

/** The percentage of annex K's matrix that libjpeg's quality stands for (jpeg_quality_scaling in libjpeg). */
const percentage = (quality: number): number => (quality < 50 ? 5000 / Math.max(1, quality) : 200 - 2 * quality);

/**
 * The qscale whose files are about as large as libjpeg's at this quality: a tenth of the percentage, found by comparing
 * sizes of four synthetic scenes coded with either matrix: a rough match. Whole steps are coarse at the top: from 93 up
 * all are the best, about libjpeg's 95, and up to 16 all are the worst.
 * @param quality 0 to 100.
 */
export const jpegQscale = (quality: number): number =>
  Math.min(WORST_QSCALE, Math.max(BEST_QSCALE, Math.round(percentage(quality) / 10)));
