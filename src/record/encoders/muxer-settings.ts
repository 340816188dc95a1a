import type { FrameRate } from '../../time/frame-rate.ts';
import { fragmentUs } from './fragments.ts';
import { isMp4, mp4Timescale } from './mp4.ts';

/**
 * How MP4 is written: with FFmpeg's own fragments; with fragments that the caller ends by flushing the muxer, in a file that it closes as a
 * plain one; or as a stream, whose fragments begin with keyframes, for readers that come in the middle.
 */
export type Fragments = 'timed' | 'flushed' | 'stream';

const isMatroska = (container: string): boolean => container === 'matroska' || container === 'webm';

/** What the container is told, by FFmpeg's names. */
export function muxerSettings(
  container: string | undefined,
  frameRate: FrameRate,
  fragments: Fragments,
): Record<string, string> {
  const name = container ?? '';
  return {
    flush_packets: '1',
    ...(isMp4(name) && { ...mp4Fragments(frameRate, fragments), use_editlist: '1', ...mp4Timescale(frameRate) }),
    ...(isMatroska(name) && { cluster_time_limit: String(Math.floor(fragmentUs(frameRate) / 1000)) }),
    // MPEG-TS would begin at a time of its own.
    ...(name === 'mpegts' && { mpegts_copyts: '1' }),
  };
}

/** The edit list, and the header delayed until the first time is known, keep the time of a first frame above 0. */
function mp4Fragments(frameRate: FrameRate, fragments: Fragments): Record<string, string> {
  switch (fragments) {
    case 'timed':
      return { movflags: 'delay_moov', frag_duration: String(fragmentUs(frameRate)) };
    case 'flushed':
      return { movflags: 'hybrid_fragmented+frag_custom+delay_moov' };
    case 'stream':
      return { movflags: 'frag_keyframe+delay_moov' };
  }
}
