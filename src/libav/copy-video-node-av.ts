import type { FormatContext, Packet, Stream } from 'node-av/lib';
import { FailureError, UsageError } from '../errors.ts';
import type { CopyOptions, VideoExtent } from './copy-options.ts';
import { openOwnContent } from './file-formats.ts';
import type { Libav } from './load.ts';
import { isMp4 } from './mp4.ts';

/** Copies with FFmpeg in process, or only counts where there is no output. */
export async function copyWithNodeAv(
  libav: Libav,
  input: string,
  output: string | undefined,
  options: Partial<CopyOptions> & { readonly plain?: boolean },
): Promise<VideoExtent> {
  const source = new libav.FormatContext();
  const opened = await openOwnContent(libav, source, input);
  if (opened < 0) throw new UsageError(`${input}: no video file: ${libav.FFmpegError.strerror(opened)}`);
  let target: Target | undefined;
  try {
    const index = source.findBestStream(libav.constants.AVMEDIA_TYPE_VIDEO);
    const stream = source.streams[index];
    if (!stream || stream.codecpar.width <= 0) throw new UsageError(`${input}: holds no video`);
    const { nbFrames, startTime, timeBase } = stream;
    if (options.plain && nbFrames > 0n && startTime !== libav.constants.AV_NOPTS_VALUE) {
      return { frames: Number(nbFrames), firstUs: (Number(startTime) * timeBase.num * 1e6) / timeBase.den };
    }
    if (output !== undefined) {
      const { format = 'mp4', tagsFrom } = options;
      const tags = tagsFrom === undefined ? tagsOf(libav, source) : await readTags(libav, tagsFrom);
      target = await Target.open(libav, stream, output, format, tags);
    }
    const extent = await copyPackets(libav, source, stream, target, options);
    await target?.finish();
    return extent;
  } finally {
    await target?.close();
    await source.closeInput();
  }
}

class Target {
  private readonly libav: Libav;
  private readonly output: FormatContext;
  private readonly stream: Stream;
  private readonly file: string;

  private constructor(libav: Libav, output: FormatContext, stream: Stream, file: string) {
    this.libav = libav;
    this.output = output;
    this.stream = stream;
    this.file = file;
  }

  static async open(libav: Libav, from: Stream, file: string, format: string, tags: Tags): Promise<Target> {
    const output = new libav.FormatContext();
    if (output.allocOutputContext2(null, format, `file:${file}`) < 0) {
      throw new UsageError(`${file}: FFmpeg has no container ${format}`);
    }
    const stream = output.newStream();
    from.codecpar.copy(stream.codecpar);
    stream.codecpar.codecTag = 0;
    stream.timeBase = from.timeBase;
    stream.avgFrameRate = from.avgFrameRate;
    output.metadata = libav.Dictionary.fromObject(tags.file);
    stream.metadata = libav.Dictionary.fromObject(tags.video);
    const target = new Target(libav, output, stream, file);
    try {
      target.check(await output.openOutput());
      const ticks = String(from.timeBase.den);
      const settings: Record<string, string> = isMp4(format)
        ? { use_editlist: '1', video_track_timescale: ticks, movie_timescale: ticks }
        : {};
      target.check(await output.writeHeader(libav.Dictionary.fromObject(settings)));
      return target;
    } catch (error) {
      await target.close();
      throw error;
    }
  }

  async write(packet: Packet, from: Stream): Promise<void> {
    packet.streamIndex = this.stream.index;
    packet.rescaleTs(from.timeBase, this.stream.timeBase);
    this.check(await this.output.writeFrame(packet));
  }

  async finish(): Promise<void> {
    this.check(await this.output.writeTrailer());
  }

  async close(): Promise<void> {
    await this.output.closeOutput();
    this.output.freeContext();
  }

  private check(code: number): void {
    if (code < 0) throw new FailureError(`${this.file}: can't be written: ${this.libav.FFmpegError.strerror(code)}`);
  }
}

/** What a file says of itself, by FFmpeg's names. */
interface Tags {
  readonly file: Record<string, string>;
  readonly video: Record<string, string>;
}

function tagsOf(libav: Libav, source: FormatContext): Tags {
  const video = source.streams[source.findBestStream(libav.constants.AVMEDIA_TYPE_VIDEO)];
  return { file: entries(source.metadata?.getAll()), video: entries(video?.metadata?.getAll()) };
}

async function readTags(libav: Libav, file: string): Promise<Tags> {
  const source = new libav.FormatContext();
  if ((await openOwnContent(libav, source, file)) < 0) return { file: {}, video: {} };
  try {
    return tagsOf(libav, source);
  } finally {
    await source.closeInput();
  }
}

/** Without what the container makes anew for itself. */
function entries(all: Record<string, string> | undefined): Record<string, string> {
  const { major_brand: _, minor_version: __, compatible_brands: ___, encoder: ____, ...rest } = all ?? {};
  return rest;
}

async function copyPackets(
  libav: Libav,
  source: FormatContext,
  stream: Stream,
  target: Target | undefined,
  { onProgress = () => {}, onFrame = () => {} }: Pick<CopyOptions, 'onProgress' | 'onFrame'>,
): Promise<VideoExtent> {
  const { AV_PKT_FLAG_CORRUPT } = libav.constants;
  const packet = new libav.Packet();
  packet.alloc();
  let frames = 0;
  let firstUs: number | undefined;
  try {
    // A file that breaks off ends like any other.
    while ((await source.readFrame(packet)) >= 0) {
      const wanted = packet.streamIndex === stream.index;
      // A frame that is cut off would spoil what is decoded of the ones behind it; there are none.
      if (wanted && (packet.flags & AV_PKT_FLAG_CORRUPT) !== 0) break;
      if (wanted) {
        const us = (Number(packet.pts) * stream.timeBase.num * 1e6) / stream.timeBase.den;
        firstUs ??= us;
        onFrame(us);
        await target?.write(packet, stream);
        frames++;
        if (frames % 64 === 0) onProgress(frames);
      }
      packet.unref();
    }
  } finally {
    packet.free();
  }
  return { frames, firstUs };
}
