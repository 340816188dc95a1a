import type { SyncMessage } from '../wire/message.ts';

/** Bounds of a frame duration that a camera can have: 1000 fps to one frame in ten seconds, in us. */
const SHORTEST_US = 1_000;
const LONGEST_US = 10_000_000;
/** The frame duration of the stock part is that of the envelope, rounded: it may differ by so much, in us. */
const ROUNDED_US = 1;
/** Nobody counts so far: a thousand frames a second since 1970, for three hundred years. */
const MOST_FRAMES = 1e13;
/** No host runs for longer, in us: a century. */
const LONGEST_RUN_US = 3.2e15;

/** Why a message can't be a server's, whoever sent it. */
export type Unreasonable = 'frame duration out of reason' | 'time out of reason' | 'number out of reason';

/**
 * Whether all that a message says can be, by itself: numbers that a camera and a host can have, and that agree with
 * each other. The ready time says which frame it is as well as the index does.
 * @returns what can't be; undefined where nothing is wrong.
 */
export function outOfReason({
  frameDurationUs,
  wallClockUs,
  readyTimeUs,
  envelope,
}: SyncMessage): Unreasonable | undefined {
  if (frameDurationUs < SHORTEST_US || frameDurationUs > LONGEST_US) return 'frame duration out of reason';
  if (!isTime(wallClockUs) || !isTime(readyTimeUs)) return 'time out of reason';
  if (envelope === undefined) return undefined;
  const { frameIndex, frameNumber, periodUs = frameDurationUs, bootUs, start } = envelope;
  if (Math.abs(periodUs - frameDurationUs) > ROUNDED_US) return 'frame duration out of reason';
  if (start !== undefined && !isTime(start.wallUs)) return 'time out of reason';
  if (bootUs !== undefined && bootUs > LONGEST_RUN_US) return 'time out of reason';
  if (frameNumber !== undefined && frameNumber > MOST_FRAMES) return 'number out of reason';
  if (frameIndex === undefined) return undefined;
  const roundedUs = envelope.periodUs === undefined ? Math.abs(frameIndex) / 2 : 0;
  const offUs = Math.abs(frameIndex * periodUs - (wallClockUs - readyTimeUs));
  return offUs > frameDurationUs / 2 + roundedUs ? 'number out of reason' : undefined;
}

const isTime = (us: number): boolean => us > 0 && us <= Number.MAX_SAFE_INTEGER;
