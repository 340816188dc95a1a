import { UsageError } from '../../errors.ts';
import { findSystemFfmpeg, HOW_TO_GET_FFMPEG, isTooOld, type SystemFfmpeg } from '../../libav/system-ffmpeg.ts';
import { claimFile } from '../claim-file.ts';
import { DataSync } from '../data-sync.ts';
import type { EncoderBackend, EncoderOptions } from '../encoder.ts';
import { isPipe } from '../open-pipe.ts';
import { checkOptions } from './check.ts';
import { CheckedEncoder } from './checked.ts';
import { containerOf } from './container.ts';
import { isRaw, RawEncoder } from './elementary.ts';
import { FfmpegEncoder } from './ffmpeg-encoder.ts';
import { ffmpegSettings } from './ffmpeg-settings.ts';
import { isStream } from './outputs/address.ts';
import { openOutput } from './outputs/index.ts';

/** The system's ffmpeg as a child process. */
export const ffmpegBackend: EncoderBackend = createFfmpegBackend('ffmpeg');

/** @param command The ffmpeg to run, by name or path. */
export function createFfmpegBackend(command: string): EncoderBackend {
  const missing = async (): Promise<string | undefined> => {
    const ffmpeg = await findSystemFfmpeg(command);
    if (!ffmpeg) return `no ${command} on this system; ${HOW_TO_GET_FFMPEG}`;
    if (isTooOld(ffmpeg.version))
      return `${command} ${ffmpeg.version} is too old, 5.1 or newer is needed; ${HOW_TO_GET_FFMPEG}`;
    if (!ffmpeg.encoders.has('libx264')) return `${command} ${ffmpeg.version} has no libx264; ${HOW_TO_GET_FFMPEG}`;
    return undefined;
  };
  const find = async (): Promise<SystemFfmpeg> => {
    const why = await missing();
    const ffmpeg = await findSystemFfmpeg(command);
    if (why !== undefined || !ffmpeg) throw new UsageError(why ?? '');
    return ffmpeg;
  };
  return {
    name: 'ffmpeg',
    way: 'ffmpeg',
    unavailable: missing,
    async check(options) {
      const ffmpeg = await find();
      checkOptions(options);
      if (!isRaw(options, containerOf(options))) await ffmpegSettings(ffmpeg, options);
    },
    async open(options) {
      const ffmpeg = await find();
      checkOptions(options);
      return new CheckedEncoder(await openEncoder(ffmpeg, options), options);
    },
  };
}

async function openEncoder(ffmpeg: SystemFfmpeg, options: EncoderOptions): Promise<FfmpegEncoder | RawEncoder> {
  if (isRaw(options, containerOf(options))) return RawEncoder.open(options);
  const settings = await ffmpegSettings(ffmpeg, options);
  if (options.sink || isStream(options.file) || (await isPipe(options.file))) {
    const output = await openOutput(options, settings.container);
    return new FfmpegEncoder(ffmpeg, options, settings, output);
  }
  await claimFile(options.file);
  return new FfmpegEncoder(ffmpeg, options, settings, await DataSync.start(options.file));
}
