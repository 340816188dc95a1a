import { rm } from 'node:fs/promises';
import { UsageError } from '../errors.ts';
import { checkRegular } from '../regular-file.ts';
import { copyWithFfmpeg } from './copy-video-ffmpeg.ts';
import { copyWithNodeAv } from './copy-video-node-av.ts';
import { loadLibav } from './load.ts';
import { findSystemFfmpeg, HOW_TO_GET_FFMPEG } from './system-ffmpeg.ts';

export interface CopyOptions {
  /** Container name as FFmpeg knows it: `mp4`, or `h264` for the bare stream. */
  readonly format: string;
  /** A file that says what the output shall say of itself (time code, names), in place of the input. */
  readonly tagsFrom?: string;
  /** Which FFmpeg to use. Default: node-av where it is installed, else the system's. */
  readonly backend?: 'node-av' | 'ffmpeg' | undefined;
  /** Called now and then with the frames that are copied so far. */
  readonly onProgress?: (frames: number) => void;
  /** Called for each frame that is copied, with its presentation time, us. */
  readonly onFrame?: (us: number) => void;
}

/** What there is in a video file. */
export interface VideoExtent {
  readonly frames: number;
  /** Presentation time of the first frame, us; undefined where there is none. */
  readonly firstUs: number | undefined;
}

/**
 * Copies the video of a file as it is, up to where the file breaks off: every whole frame with its time, in a container with an index
 * or as a bare stream. What the file says of itself (time code, names) comes along.
 * Throws a UsageError that names the file where it holds no frame, or says what to install; no output is left behind then.
 */
export async function copyVideo(input: string, output: string, options: CopyOptions): Promise<VideoExtent> {
  await checkRegular(input);
  try {
    const extent = await withBackend(options.backend, {
      nodeAv: (libav) => copyWithNodeAv(libav, input, output, options),
      ffmpeg: (ffmpeg) => copyWithFfmpeg(ffmpeg, input, output, options),
    });
    if (extent.frames === 0) throw new UsageError(`${input}: holds no whole frame`);
    return extent;
  } catch (error) {
    // What went wrong before is what is told.
    await rm(output, { force: true }).catch(() => {});
    throw error;
  }
}

/** What a file holds: by its index where it is `plain`, else found by going through its packets. Throws as `copyVideo`. */
export async function measureVideo(
  input: string,
  options: Pick<CopyOptions, 'backend' | 'onProgress'> & { readonly plain?: boolean } = {},
): Promise<VideoExtent> {
  await checkRegular(input);
  return withBackend(options.backend, {
    nodeAv: (libav) => copyWithNodeAv(libav, input, undefined, options),
    ffmpeg: (ffmpeg) => copyWithFfmpeg(ffmpeg, input, undefined, options),
  });
}

async function withBackend<T>(
  backend: CopyOptions['backend'],
  run: {
    nodeAv(libav: Exclude<Awaited<ReturnType<typeof loadLibav>>, Error>): Promise<T>;
    ffmpeg(ffmpeg: NonNullable<Awaited<ReturnType<typeof findSystemFfmpeg>>>): Promise<T>;
  },
): Promise<T> {
  const libav = backend === 'ffmpeg' ? undefined : await loadLibav();
  if (libav && !(libav instanceof Error)) return run.nodeAv(libav);
  const ffmpeg = backend === 'node-av' ? undefined : await findSystemFfmpeg();
  if (ffmpeg) return run.ffmpeg(ffmpeg);
  throw new UsageError(
    `nothing to write video files with: ${libav?.message ?? ''}; or no ffmpeg: ${HOW_TO_GET_FFMPEG}`,
  );
}
