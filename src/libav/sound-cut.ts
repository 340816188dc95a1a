import type { Way } from './way.ts';

/** Samples a second of what is made: the usual rate beside pictures. */
export const SOUND_RATE = 48_000;
/** Bits a second of AAC: hard to tell from the original, and allowed for a single channel too (ISO/IEC 14496-3). */
export const SOUND_BITS = 256_000;
/**
 * Samples that are stretched are taken for so many a second: the rate that is made of it is told in steps of 1 ppm, and
 * FFmpeg's resampler, which multiplies it by 1024, takes no more.
 */
const STRETCHED_RATE = 1_000_000;

/** Which part of a file's sound is wanted, and as what. */
export interface SoundCut {
  /** Which of the file's sound tracks, from 0. Default: the first. */
  readonly track?: number;
  /** From and to which moment of the file's own time, us. Silence stands where it has no sound. */
  readonly fromUs: number;
  readonly toUs: number;
  /** How long a second of it shall last, s: what its clock went wrong against another's is put right. */
  readonly stretch: number;
  /** `aac` in MP4, or `wav`: PCM of 24 bits. */
  readonly as: 'aac' | 'wav';
  /** The only way to FFmpeg that may be taken. Default: either. */
  readonly way?: Way | undefined;
  /** Ends it when aborted: its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** FFmpeg's names of container, encoder and samples. */
export const SOUND_KINDS = {
  aac: { format: 'mp4', codec: 'aac', samples: 'fltp' },
  wav: { format: 'wav', codec: 'pcm_s24le', samples: 's32' },
} as const;

/**
 * FFmpeg's filters that cut frames whose times are the file's own, and make as many more or fewer samples of them as
 * the clock went wrong.
 */
export function soundFilters({ fromUs, toUs, stretch, as }: SoundCut): string {
  const [from, to] = [(fromUs / 1e6).toFixed(7), (toUs / 1e6).toFixed(7)];
  const stretched = Math.round(STRETCHED_RATE * stretch);
  const lengthS = (((toUs - fromUs) / 1e6) * stretched) / STRETCHED_RATE;
  return [
    `atrim=start=${from}:end=${to}`,
    `asetpts=PTS-${from}/TB`,
    // Fills what is missing before the first sample and between.
    `aresample=${SOUND_RATE}:async=1:first_pts=0`,
    ...(stretched === STRETCHED_RATE
      ? []
      : [`asetrate=${STRETCHED_RATE}`, `aresample=${stretched}`, `asetrate=${SOUND_RATE}`]),
    'asetpts=N/SR/TB',
    `apad=whole_dur=${lengthS.toFixed(7)}`,
    `aformat=sample_fmts=${SOUND_KINDS[as].samples}`,
    'asetnsamples=n=1024:p=0',
  ].join(',');
}
