import { UsageError } from '../errors.ts';
import { openRegular } from '../regular-file.ts';
import { openWithFfmpeg } from './decode-ffmpeg.ts';
import { openWithNodeAv } from './decode-node-av.ts';
import { missingBytes } from './mp4-boxes.ts';
import type { VideoFile } from './video-file.ts';
import { viaFfmpeg } from './way.ts';

export type { DecodedFrame, Luma, VideoFile } from './video-file.ts';

/**
 * Opens a video file for decoding: with node-av, else with the system's ffmpeg.
 * @param signal Ends the decoding when aborted: `frames` throws its reason.
 * @throws UsageError that names the file and says what is wrong with it, or what to install where neither is there.
 */
export async function openVideo(file: string, signal?: AbortSignal): Promise<VideoFile> {
  signal?.throwIfAborted();
  // FFmpeg opens it once more, by its name, by which it also guesses formats: who swaps a pipe in between the two holds
  // this process until it is ended. Whoever can do that can put in another video as well.
  await checkReadable(file);
  return viaFfmpeg<VideoFile>('decode video', {
    nodeAv: (libav) => openWithNodeAv(libav, file, signal),
    system: (ffmpeg) => openWithFfmpeg(ffmpeg, file, signal),
  });
}

/** Throws a UsageError that names a file which is not there, is a folder, is empty, or is cut off. */
export async function checkReadable(file: string): Promise<void> {
  try {
    const handle = await openRegular(file);
    try {
      const stat = await handle.stat();
      if (stat.size === 0) throw new UsageError(`${file}: is empty`);
      const missing = await missingBytes(handle, stat.size);
      if (missing > 0)
        throw new UsageError(`${file}: cut off: the last ${missing} of ${stat.size + missing} bytes are missing`);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code;
    const reason = code === 'ENOENT' ? 'no such file' : code === 'EACCES' ? 'no permission to read it' : String(code);
    throw new UsageError(`${file}: ${reason}`, { cause });
  }
}
