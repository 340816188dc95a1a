import { UsageError } from '../errors.ts';
import { type Libav, loadLibav } from './load.ts';
import { findSystemFfmpeg, HOW_TO_GET_FFMPEG, type SystemFfmpeg } from './system-ffmpeg.ts';

/** A way to FFmpeg: in this process by node-av, or the system's command. */
export type Way = 'node-av' | 'ffmpeg';

/** One thing done both ways. */
export interface BothWays<T> {
  nodeAv(libav: Libav): T | Promise<T>;
  system(ffmpeg: SystemFfmpeg): T | Promise<T>;
}

/**
 * Does something with FFmpeg the way that there is here: node-av where it loads, else the system's command. What each way is was looked for
 * once in a process; nothing else chooses.
 * @param work What it is for, as in `nothing to decode video with`.
 * @param way The only one that may be taken. Default: either.
 * @throws UsageError that says what to install, where there is no way.
 */
export async function viaFfmpeg<T>(work: string, both: BothWays<T>, way?: Way): Promise<T> {
  const missing: string[] = [];
  if (way !== 'ffmpeg') {
    const libav = await loadLibav();
    if (!(libav instanceof Error)) return both.nodeAv(libav);
    missing.push(libav.message);
  }
  if (way !== 'node-av') {
    const ffmpeg = await findSystemFfmpeg();
    if (ffmpeg) return both.system(ffmpeg);
    missing.push(`no ffmpeg: ${HOW_TO_GET_FFMPEG}`);
  }
  throw new UsageError(`nothing to ${work} with: ${missing.join('; or ')}`);
}
