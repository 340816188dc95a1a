import { rm } from 'node:fs/promises';
import { UsageError } from '../errors.ts';
import { checkRegular } from '../regular-file.ts';
import type { CopyOptions, VideoExtent } from './copy-options.ts';
import { copyWithFfmpeg } from './copy-video-ffmpeg.ts';
import { copyWithNodeAv } from './copy-video-node-av.ts';
import { viaFfmpeg } from './way.ts';

/**
 * Copies the video of a file as it is, up to where the file breaks off: every whole frame with its time, in a container
 * with an index or as a bare stream. What the file says of itself (time code, names) comes along. Throws a UsageError
 * that names the file where it holds no frame, or says what to install; no output is left behind then.
 */
export async function copyVideo(input: string, output: string, options: CopyOptions): Promise<VideoExtent> {
  await checkRegular(input);
  try {
    const extent = await viaFfmpeg<VideoExtent>(
      'write video files',
      {
        nodeAv: (libav) => copyWithNodeAv(libav, input, output, options),
        system: (ffmpeg) => copyWithFfmpeg(ffmpeg, input, output, options),
      },
      options.way,
    );
    if (extent.frames === 0) throw new UsageError(`${input}: holds no whole frame`);
    return extent;
  } catch (error) {
    // What went wrong before is what is told.
    await rm(output, { force: true }).catch(() => {});
    throw error;
  }
}

/**
 * What a file holds: by its index where it is `plain`, else found by going through its packets. Throws as `copyVideo`.
 */
export async function measureVideo(
  input: string,
  options: Pick<CopyOptions, 'way' | 'onProgress'> & { readonly plain?: boolean } = {},
): Promise<VideoExtent> {
  await checkRegular(input);
  return viaFfmpeg<VideoExtent>(
    'read video files',
    {
      nodeAv: (libav) => copyWithNodeAv(libav, input, undefined, options),
      system: (ffmpeg) => copyWithFfmpeg(ffmpeg, input, undefined, options),
    },
    options.way,
  );
}
