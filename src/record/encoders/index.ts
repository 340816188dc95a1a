import { UsageError } from '../../errors.ts';
import type { EncoderBackend } from '../encoder.ts';
import { ffmpegBackend } from './ffmpeg.ts';
import { nodeAvBackend } from './node-av.ts';

/** All ways to encode, the preferred one first. */
export const encoderBackends: readonly EncoderBackend[] = [nodeAvBackend, ffmpegBackend];

/**
 * The encoder to record with: by name, else the first that works here.
 * Throws a UsageError that says what is missing and how to get it.
 */
export async function chooseEncoder(name?: string, backends = encoderBackends): Promise<EncoderBackend> {
  if (name !== undefined) {
    const backend = backends.find((candidate) => candidate.name === name);
    if (!backend) throw new UsageError(`no encoder ${name}; there are ${backends.map((each) => each.name).join(', ')}`);
    const why = await backend.unavailable();
    if (why !== undefined) throw new UsageError(why);
    return backend;
  }
  const reasons: string[] = [];
  for (const backend of backends) {
    const why = await backend.unavailable();
    if (why === undefined) return backend;
    reasons.push(why);
  }
  throw new UsageError(`nothing to encode video with: ${reasons.join('; or ')}`);
}
