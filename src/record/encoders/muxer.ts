import { isMp4, mp4Timescale, TRUE_TIMESCALE } from '../../libav/mp4.ts';
import { type FrameRate, periodUs } from '../../time/frame-rate.ts';
import type { EncoderOptions } from '../encoder.ts';
import type { Output } from './outputs/output.ts';

/** How an MP4 is cut into fragments, and whether its muxer makes a plain file of it when it is closed. */
export interface Fragments {
  /**
   * By FFmpeg, with the first frame that is due for the next; by who writes, flushing the muxer; before each keyframe.
   */
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

/** What is lost of a recording whose process is killed: at most so much, and what the encoder holds. */
const FRAGMENT_S = 0.5;

/**
 * Frames of a fragment of MP4, or a cluster of Matroska: at most half a second, at least one. They need not begin with
 * a keyframe.
 */
export const fragmentFrames = ({ num, den }: FrameRate): number => Math.max(1, Math.floor((FRAGMENT_S * num) / den));

/**
 * For muxers that end a fragment with the first frame that is so far behind its beginning, us: half a period before
 * that frame is due.
 */
const fragmentUs = (frameRate: FrameRate): number =>
  Math.round((fragmentFrames(frameRate) - 0.5) * periodUs(frameRate));

/** FFmpeg's AVSEEK_FORCE and AVSEEK_SIZE (libavformat/avio.h); SEEK_CUR and SEEK_END are stdio's. */
const [FORCE, SIZE, FROM_HERE, FROM_END] = [0x20000, 0x10000, 1, 2];

/**
 * What a muxer writes, kept in memory until an output takes it. A muxer may go back and change what it wrote; what the
 * output has by then is changed last, when all that is new is with it.
 */
export class MuxerBytes {
  private pieces: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  /** Where the muxer is, where its file ends, and where that of the output does. */
  private at = 0;
  private end = 0;
  private handed = 0;

  /** @param bytes Copied. */
  write(bytes: Uint8Array): number {
    this.pieces.push({ at: this.at, bytes: new Uint8Array(bytes) });
    this.at += bytes.length;
    this.end = Math.max(this.end, this.at);
    return bytes.length;
  }

  /** @returns where the muxer is then; for AVSEEK_SIZE the bytes so far. */
  seek(offset: bigint, whence: number): bigint {
    const from = whence & ~FORCE;
    if (from === SIZE) return BigInt(this.end);
    this.at = Number(offset) + (from === FROM_HERE ? this.at : from === FROM_END ? this.end : 0);
    return BigInt(this.at);
  }

  /** Hands everything over, what is new as one write. Rejects as the output does. */
  async handOver(output: Output): Promise<void> {
    const [pieces, from] = [this.pieces, this.handed];
    this.pieces = [];
    this.handed = this.end;
    const fresh = Buffer.alloc(this.end - from);
    const rewritten: typeof pieces = [];
    for (const { at, bytes } of pieces) {
      const old = Math.min(bytes.length, Math.max(0, from - at));
      if (old > 0) rewritten.push({ at, bytes: bytes.subarray(0, old) });
      fresh.set(bytes.subarray(old), Math.max(0, at - from));
    }
    if (fresh.length > 0) await output.write(fresh);
    for (const { at, bytes } of rewritten) await output.rewrite?.(bytes, at);
  }
}
