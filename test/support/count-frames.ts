import { openVideo } from '../../src/libav/decode.ts';

/** Frames that a file decodes to. */
export async function countFrames(file: string): Promise<number> {
  const video = await openVideo(file);
  let frames = 0;
  for await (const _ of video.frames()) frames++;
  await video.close();
  return frames;
}
