import { type ChildProcess, spawn } from 'node:child_process';
import { UsageError } from '../errors.ts';
import { type Colours, coloursIn } from './colours.ts';
import { ownContent } from './file-formats.ts';
import { AS_SHOWN } from './picture-reader.ts';
import { killedBy, lastWords, runCommand, type SystemFfmpeg } from './system-ffmpeg.ts';
import { TELLING, ToldPictures } from './told-pictures.ts';
import type { DecodedFrame, DecodedPicture, VideoFile } from './video-file.ts';

/** Formats whose first plane is 8 bit luma; ffmpeg converts others to the nearest of them. */
const LUMA_FORMATS = 'yuv420p|yuvj420p|yuv422p|yuvj422p|yuv444p|yuvj444p';

/**
 * Opens a video file with the system's ffmpeg. Throws a UsageError that names the file and says what is wrong with it.
 */
export async function openWithFfmpeg(ffmpeg: SystemFfmpeg, file: string, signal?: AbortSignal): Promise<VideoFile> {
  // A list of the packets as they are: it takes no decoding, and holds size, time base and every frame's exact time.
  const args = ['-hide_banner', '-nostdin', '-loglevel', 'error', '-copyts', ...ownContent(file), '-map', '0:v:0'];
  const list = await runCommand(ffmpeg.command, [...args, '-c', 'copy', '-f', 'framecrc', '-'], signal);
  const size = /^#dimensions 0: (\d+)x(\d+)$/m.exec(list.out);
  const base = /^#tb 0: (\d+)\/(\d+)$/m.exec(list.out);
  if (list.code === -1 && list.out === '') throw new UsageError(`${file}: can't be read: ${lastWords(list.err)}`);
  if (!size || !base) {
    const audioOnly = /matches no streams/.test(list.err);
    throw new UsageError(
      `${file}: ${audioOnly ? 'holds no video' : `not a complete video file: ${lastWords(list.err)}`}`,
    );
  }
  const { shown, colours } = await shownAs(ffmpeg, file, [Number(size[1]), Number(size[2])]);
  const [width, height] = shown;
  const timeBase = { num: Number(base[1]), den: Number(base[2]) };
  const times = readTimes(list.out, timeBase);
  const running = new Set<ChildProcess>();
  return {
    file,
    width,
    height,
    timeBase,
    colours,
    frameRate: undefined,
    frameCount: times.length,
    async *frames(): AsyncGenerator<DecodedFrame> {
      const filter = `format=${LUMA_FORMATS},extractplanes=y`;
      const listed = { times, signal, filter, bytes: width * height };
      for await (const { data, ...about } of decode(ffmpeg, file, listed, running))
        yield { ...about, luma: { data, width, height, stride: width } };
    },
    async *pictures(): AsyncGenerator<DecodedPicture> {
      const listed = { times, signal, filter: AS_SHOWN, bytes: (width * height * 3) / 2 };
      for await (const { data, ...about } of decode(ffmpeg, file, listed, running))
        yield { ...about, width, height, data: data.slice() };
    },
    async close() {
      for (const child of running) child.kill();
    },
  };
}

/** ffmpeg turns pictures as the file's display matrix says: then what is stored as a row is shown as a column. */
async function shownAs(
  { command }: SystemFfmpeg,
  file: string,
  [width, height]: readonly [number, number],
): Promise<{ readonly shown: readonly [number, number]; readonly colours: Colours | undefined }> {
  const { err } = await runCommand(command, ['-hide_banner', '-nostdin', ...ownContent(file)]);
  // What is said of the first video, down to the next stream.
  const [, said = ''] = err.split(/^ +Stream #.*?: Video: /m);
  const [own = ''] = said.split(/^ +Stream #/m);
  const degrees = Number(/displaymatrix: rotation of (-?[\d.]+) degrees/.exec(own)?.[1] ?? 0);
  const swaps = Math.abs(Math.sin((degrees * Math.PI) / 180)) > Math.SQRT1_2;
  return { shown: swaps ? [height, width] : [width, height], colours: coloursIn(own) };
}

/**
 * Times of the frames in the order of presentation, us, from framecrc's lines: stream, dts, pts, duration, size,
 * checksum.
 */
function readTimes(list: string, timeBase: { readonly num: number; readonly den: number }): number[] {
  const lines = list.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const ticks = lines.map((line) => Number(line.split(',')[2])).sort((a, b) => a - b);
  // The lowest 64 bit number stands for no time.
  return ticks.map((pts) => (pts < -(2 ** 62) ? Number.NaN : (pts * timeBase.num * 1e6) / timeBase.den));
}

/** What its packets tell of a file. */
interface Listed {
  /** Of the frames, in us. */
  readonly times: readonly number[];
  readonly signal: AbortSignal | undefined;
  /** What is made of each picture, and how many bytes that is. */
  readonly filter: string;
  readonly bytes: number;
}

/** What is made of a picture; its memory is used again. */
interface Made extends Pick<DecodedFrame, 'index' | 'ptsUs'> {
  readonly data: Uint8Array;
}

async function* decode(
  ffmpeg: SystemFfmpeg,
  file: string,
  { times, signal, filter, bytes }: Listed,
  running: Set<ChildProcess>,
): AsyncGenerator<Made> {
  // What it says of each picture is said before the picture is written: its time comes from there, since not every
  // packet gives a picture.
  const made = ['-map', '0:v:0', '-vf', `showinfo,${filter}`, '-fps_mode', 'passthrough'];
  const args = ['-nostdin', ...TELLING, '-copyts', ...ownContent(file), ...made, '-f', 'rawvideo', '-'];
  const child = spawn(ffmpeg.command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...killedBy(signal) });
  running.add(child);
  const told = new ToldPictures();
  child.stderr.setEncoding('utf8').on('data', (text: string) => told.push(text));
  const ended = new Promise<string | undefined>((resolve) => {
    child.on('error', ({ message }) => resolve(message));
    child.on('close', (code, signal) => resolve(code === 0 ? undefined : (signal ?? `exit code ${code}`)));
  });
  void ended.then(() => told.end());
  const timed = times.some((us) => !Number.isNaN(us));
  const data = new Uint8Array(bytes);
  let [filled, index] = [0, 0];
  try {
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; ) {
        const part = chunk.subarray(at, at + bytes - filled);
        data.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled < bytes) continue;
        filled = 0;
        const us = await told.next();
        signal?.throwIfAborted();
        yield { index, ptsUs: timed ? us : Number.NaN, data };
        index++;
      }
    }
    const why = await ended;
    signal?.throwIfAborted();
    if (why !== undefined)
      throw new UsageError(`${file}: ffmpeg ended behind ${index} frames (${why}): ${told.lastWords}`);
    if (index === 0) throw new UsageError(`${file}: no frame can be decoded: ${told.lastWords}`);
  } finally {
    running.delete(child);
    child.kill();
  }
}
