import { UsageError } from '../../errors.ts';
import { chooseWay } from '../../libav/way.ts';
import type { EncoderBackend } from '../encoder.ts';
import { ffmpegBackend } from './ffmpeg.ts';
import { nodeAvBackend } from './node-av.ts';

/** Both ways to encode, the preferred one first. One conformance suite runs on each. */
export const encoderBackends: readonly EncoderBackend[] = [nodeAvBackend, ffmpegBackend];

/**
 * The way to encode: by name, else the first that works here.
 * @throws UsageError that says what is missing and how to get it.
 */
export async function chooseBackend(name?: string, backends = encoderBackends): Promise<EncoderBackend> {
  const asked = backends.find((backend) => backend.name === name);
  if (name !== undefined && asked === undefined) {
    throw new UsageError(`no encoder ${name}; there are ${backends.map((each) => each.name).join(', ')}`);
  }
  return chooseWay('encode video', backends, asked?.name);
}
