import { UsageError } from '../errors.ts';
import { captureWithFfmpeg } from './capture-sound-ffmpeg.ts';
import { captureWithNodeAv } from './capture-sound-node-av.ts';
import type { SoundCapture, SoundInput } from './sound-input.ts';
import { findSystemFfmpeg, HOW_TO_GET_FFMPEG } from './system-ffmpeg.ts';
import { viaFfmpeg, type Way } from './way.ts';

/**
 * Opens an input for its sound: with node-av where that has such an input, else with the system's ffmpeg.
 * @param way The only way to FFmpeg that may be taken. Default: either.
 * @throws UsageError that names the input where it can't be opened, or holds no sound.
 */
export function captureSound(input: SoundInput, way?: Way): Promise<SoundCapture> {
  return viaFfmpeg<SoundCapture>(
    'capture sound',
    {
      nodeAv: async (libav) => {
        const { format } = input;
        if (format === undefined || libav.InputFormat.findInputFormat(format)) return captureWithNodeAv(libav, input);
        // Its binaries have few kinds of devices.
        const found = await findSystemFfmpeg();
        if (found) return captureWithFfmpeg(found.command, input);
        throw new UsageError(`${input.called}: node-av has no input ${format}, and no ffmpeg: ${HOW_TO_GET_FFMPEG}`);
      },
      system: ({ command }) => captureWithFfmpeg(command, input),
    },
    way,
  );
}
