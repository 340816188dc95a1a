import type { FormatContext, Packet } from 'node-av/lib';
import { FailureError } from '../errors.ts';
import type { FrameRate } from '../time/frame-rate.ts';
import { type NamedTags, namedTags, tagArguments } from './file-tags.ts';
import type { Libav } from './load.ts';
import { mp4Timescale } from './mp4.ts';
import { lastWords, runCommand, type SystemFfmpeg } from './system-ffmpeg.ts';
import { viaFfmpeg, type Way } from './way.ts';

/** What becomes one MP4. */
export interface Joined {
  /** A file of video, and one of sound; the first stream of each is copied with its times. */
  readonly video: string;
  readonly sound: string;
  /** Files of further sound tracks, which follow that one. */
  readonly further?: readonly string[];
  readonly frameRate: FrameRate;
  /** What the file says of itself: the name of its camera. */
  readonly name: string;
  /** The only way to FFmpeg that may be taken. Default: either. */
  readonly way?: Way | undefined;
  /** Ends it when aborted: its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Joins a file of video and one of sound, or several, into one MP4. The output is replaced where it exists.
 * @throws FailureError that names the output where it can't be written.
 */
export async function joinSound(output: string, joined: Joined): Promise<void> {
  const tags = namedTags({ name: joined.name }, 'mp4', 0);
  await viaFfmpeg(
    'write video files',
    {
      nodeAv: (libav) => joinWithNodeAv(libav, output, joined, tags),
      system: (ffmpeg) => joinWithFfmpeg(ffmpeg, output, joined, tags),
    },
    joined.way,
  );
}

async function joinWithFfmpeg(
  { command }: SystemFfmpeg,
  output: string,
  { video, sound, further = [], frameRate, signal }: Joined,
  tags: NamedTags,
): Promise<void> {
  const sounds = [sound, ...further];
  const timescale = Object.entries(mp4Timescale(frameRate)).flatMap(([name, value]) => [`-${name}`, value]);
  const { code, err } = await runCommand(
    command,
    [
      ...['-hide_banner', '-nostdin', '-loglevel', 'error', '-copyts', '-i', `file:${video}`],
      ...sounds.flatMap((each) => ['-i', `file:${each}`]),
      ...['-map', '0:v:0', ...sounds.flatMap((_, i) => ['-map', `${i + 1}:a:0`])],
      ...['-c', 'copy', ...tagArguments(tags), '-use_editlist', '1', ...timescale],
      ...['-avoid_negative_ts', 'disabled', '-f', 'mp4', '-y', `file:${output}`],
    ],
    signal,
  );
  signal?.throwIfAborted();
  if (code !== 0) throw new FailureError(`${output}: can't be written: ffmpeg: ${lastWords(err)}`);
}

async function joinWithNodeAv(
  libav: Libav,
  file: string,
  { video, sound, further = [], frameRate, signal }: Joined,
  tags: NamedTags,
): Promise<void> {
  const check = (code: number): void => {
    if (code < 0) throw new FailureError(`${file}: can't be written: ${libav.FFmpegError.strerror(code)}`);
  };
  const output = new libav.FormatContext();
  const sources: Source[] = [];
  try {
    check(output.allocOutputContext2(null, 'mp4', `file:${file}`));
    for (const input of [video, sound, ...further]) sources.push(await Source.open(libav, input, output));
    output.metadata = libav.Dictionary.fromObject({ ...tags.file });
    const stream = output.streams[0];
    if (stream) stream.metadata = libav.Dictionary.fromObject({ ...tags.video });
    check(await output.openOutput());
    check(await output.writeHeader(libav.Dictionary.fromObject({ use_editlist: '1', ...mp4Timescale(frameRate) })));
    for (;;) {
      signal?.throwIfAborted();
      // What comes first is written first: nothing has to wait in memory.
      const [next] = sources.filter(({ ended }) => !ended).sort((a, b) => a.nextUs - b.nextUs);
      if (next === undefined) break;
      check(await output.writeFrame(next.take()));
      await next.read();
    }
    check(await output.writeTrailer());
  } finally {
    for (const source of sources) await source.close();
    await output.closeOutput();
    output.freeContext();
  }
}

/** One stream of the output, whose next packet is known. */
class Source {
  private readonly input: FormatContext;
  private readonly output: FormatContext;
  private readonly index: number;
  private readonly packet: Packet;
  ended = false;
  nextUs = 0;

  private constructor(libav: Libav, input: FormatContext, output: FormatContext, index: number) {
    this.input = input;
    this.output = output;
    this.index = index;
    this.packet = new libav.Packet();
    this.packet.alloc();
  }

  static async open(libav: Libav, file: string, output: FormatContext): Promise<Source> {
    const input = new libav.FormatContext();
    const fail = (code: number): FailureError =>
      new FailureError(`${file}: can't be read: ${libav.FFmpegError.strerror(code)}`);
    const opened = await input.openInput(`file:${file}`, null, null);
    if (opened < 0) throw fail(opened);
    const probed = await input.findStreamInfo();
    const from = input.streams[0];
    if (from === undefined) {
      await input.closeInput();
      throw fail(probed);
    }
    const stream = output.newStream();
    from.codecpar.copy(stream.codecpar);
    stream.codecpar.codecTag = 0;
    stream.timeBase = from.timeBase;
    stream.avgFrameRate = from.avgFrameRate;
    const source = new Source(libav, input, output, stream.index);
    await source.read();
    return source;
  }

  async read(): Promise<void> {
    do {
      this.packet.unref();
      this.ended = (await this.input.readFrame(this.packet)) < 0;
    } while (!this.ended && this.packet.streamIndex !== 0);
    const { num = 0, den = 1 } = this.input.streams[0]?.timeBase ?? {};
    this.nextUs = (Number(this.packet.dts) * num * 1e6) / den;
  }

  take(): Packet {
    const [from, to] = [this.input.streams[0]?.timeBase, this.output.streams[this.index]?.timeBase];
    this.packet.streamIndex = this.index;
    if (from && to) this.packet.rescaleTs(from, to);
    return this.packet;
  }

  async close(): Promise<void> {
    this.packet.free();
    await this.input.closeInput();
  }
}
