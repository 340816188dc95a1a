import { checkRegular } from '../regular-file.ts';
import type { PictureFile } from './picture-file.ts';
import { openPicturesWithFfmpeg } from './pictures-ffmpeg.ts';
import { openPicturesWithNodeAv } from './pictures-node-av.ts';
import { viaFfmpeg, type Way } from './way.ts';

/**
 * Opens a video file for single pictures: with node-av, else with the system's ffmpeg.
 * @param signal Ends what is done with it when aborted: its reason is thrown.
 * @throws UsageError that names the file, or says what to install.
 */
export async function openPictures(file: string, way?: Way, signal?: AbortSignal): Promise<PictureFile> {
  signal?.throwIfAborted();
  await checkRegular(file);
  return viaFfmpeg<PictureFile>(
    'decode video',
    {
      nodeAv: (libav) => openPicturesWithNodeAv(libav, file, signal),
      system: (ffmpeg) => openPicturesWithFfmpeg(ffmpeg, file, signal),
    },
    way,
  );
}
