import type { EncoderOptions } from '../encoder.ts';
import { fragmentUs } from './fragments.ts';
import { isMp4, mp4Timescale, TRUE_TIMESCALE } from './mp4.ts';

/** How an MP4 is cut into fragments, and whether its muxer makes a plain file of it when it is closed. */
export interface Fragments {
  /** By FFmpeg, with the first frame that is due for the next; by who writes, flushing the muxer; before each keyframe. */
  readonly cut: 'timed' | 'flushed' | 'keyframes';
  readonly plain: boolean;
}

const isMatroska = (container: string): boolean => container === 'matroska' || container === 'webm';

/** What the container is told, by FFmpeg's names. */
export function muxerSettings(
  container: string | undefined,
  options: Pick<EncoderOptions, 'frameRate' | 'timestamps'>,
  fragments: Fragments,
): Record<string, string> {
  const { frameRate, timestamps } = options;
  const name = container ?? '';
  const us = fragmentUs(frameRate);
  return {
    flush_packets: '1',
    ...(isMp4(name) && {
      movflags: movFlags(fragments),
      ...(fragments.cut === 'timed' && { frag_duration: String(us) }),
      use_editlist: '1',
      ...(timestamps === 'true' ? TRUE_TIMESCALE : mp4Timescale(frameRate)),
    }),
    ...(isMatroska(name) && { cluster_time_limit: String(Math.floor(us / 1000)) }),
    // MPEG-TS would begin at a time of its own.
    ...(name === 'mpegts' && { mpegts_copyts: '1' }),
  };
}

/** The edit list, and the header delayed until the first time is known, keep the time of a first frame above 0. */
function movFlags({ cut, plain }: Fragments): string {
  const cuts = { timed: [], flushed: ['frag_custom'], keyframes: ['frag_keyframe'] };
  return [...(plain ? ['hybrid_fragmented'] : []), ...cuts[cut], 'delay_moov'].join('+');
}
