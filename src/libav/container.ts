import type { Stream } from 'node-av/lib';
import { UsageError } from '../errors.ts';
import { openOwnContent, ownContent } from './file-formats.ts';
import type { Libav } from './load.ts';
import { openPictures } from './pictures.ts';
import { lastWords, runCommand } from './system-ffmpeg.ts';
import { displayMatrix, turnOf } from './turn.ts';
import { viaFfmpeg, type Way } from './way.ts';

/** What a file says of itself before anything in it is decoded. */
export interface Container {
  /** Where its own time begins, in us: ffmpeg's `-ss` counts from there. 0 where it says nothing. */
  readonly startUs: number;
  /** Its pictures; undefined where it has none. A cover of a piece of music is none. */
  readonly video: VideoTrack | undefined;
  /** FFmpeg's name of the codec of its first sound, with what it says of it; undefined where it has none. */
  readonly sound: string | undefined;
  /** Sound tracks. */
  readonly sounds: number;
}

/** What a file says of its pictures. */
export interface VideoTrack {
  /** FFmpeg's name: `h264`, `hevc`. */
  readonly codec: string;
  /** Whether they are shown turned or mirrored, as those of a phone that is held upright. */
  readonly turned: boolean;
  /** The timecode of its first frame, `10:20:30:12`; undefined where it has none. */
  readonly timecode: string | undefined;
}

/**
 * @param way The only way to FFmpeg that may be taken. Default: either.
 * @throws UsageError that names the file where it can't be read, or says what to install.
 */
export function readContainer(file: string, way?: Way): Promise<Container> {
  return viaFfmpeg(
    `read ${file}`,
    { nodeAv: (libav) => withNodeAv(libav, file), system: (ffmpeg) => withFfmpeg(ffmpeg.command, file) },
    way,
  );
}

/**
 * When the frames of a file are shown, in us of its own time, in that order, without decoding them. Empty where it says
 * nothing.
 * @throws UsageError that names the file where it can't be read.
 */
export async function frameTimes(file: string, signal?: AbortSignal): Promise<readonly number[]> {
  const pictures = await openPictures(file, undefined, signal);
  await pictures.close();
  // The lowest 64 bit number stands for no time.
  return pictures.ptsUs.every((us) => Math.abs(us) < 2 ** 52) ? pictures.ptsUs : [];
}

async function withNodeAv(libav: Libav, file: string): Promise<Container> {
  const { constants } = libav;
  const input = new libav.FormatContext();
  const opened = await openOwnContent(libav, input, file);
  if (opened < 0) throw new UsageError(`${file}: can't be read: ${libav.FFmpegError.strerror(opened)}`);
  try {
    await input.findStreamInfo();
    const start = input.startTime;
    const video = input.streams.find(
      ({ codecpar, disposition }) =>
        codecpar.codecType === constants.AVMEDIA_TYPE_VIDEO &&
        (disposition & constants.AV_DISPOSITION_ATTACHED_PIC) === 0,
    );
    const sounds = input.streams.filter(({ codecpar }) => codecpar.codecType === constants.AVMEDIA_TYPE_AUDIO);
    const nameOf = ({ codecpar }: Stream): string => libav.Codec.findDecoder(codecpar.codecId)?.name ?? 'unknown';
    return {
      startUs: start === constants.AV_NOPTS_VALUE ? 0 : Number(start),
      video: video && {
        codec: nameOf(video),
        turned: !turnOf(displayMatrix(libav, video)).stays,
        timecode: video.metadata?.get('timecode') ?? undefined,
      },
      sound: sounds[0] && nameOf(sounds[0]),
      sounds: sounds.length,
    };
  } finally {
    await input.closeInput();
  }
}

async function withFfmpeg(command: string, file: string): Promise<Container> {
  // Without an output it ends with an error, after it has said what is in the input.
  const { err } = await runCommand(command, ['-hide_banner', '-nostdin', ...ownContent(file)]);
  if (!/^Input #0/m.test(err)) throw new UsageError(`${file}: can't be read: ${lastWords(err)}`);
  const start = /^ {2}Duration: .*?\bstart: (-?[\d.]+)/m.exec(err)?.[1];
  const lines = err.split('\n');
  const codec = lines
    .filter((line) => !line.includes('(attached pic)'))
    .map((line) => /^ +Stream #.*?: Video: (\w+)/.exec(line)?.[1])
    .find((name) => name !== undefined);
  const timecode = /^ +timecode +: (\S+)/m.exec(err)?.[1];
  const sounds = lines.flatMap((line) => /^ +Stream #.*?: Audio: (.*)$/.exec(line)?.[1] ?? []);
  return {
    startUs: start === undefined ? 0 : Number(start) * 1e6,
    video: codec === undefined ? undefined : { codec, turned: err.includes('displaymatrix: '), timecode },
    sound: sounds[0],
    sounds: sounds.length,
  };
}
