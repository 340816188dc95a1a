import type { CodecContext, FilterGraph, FormatContext, Frame, Packet, Stream } from 'node-av/lib';
import { FailureError, UsageError } from '../errors.ts';
import { openOwnContent } from './file-formats.ts';
import { type FilterEnds, filterEnds } from './filters.ts';
import type { Libav } from './load.ts';
import { SOUND_BITS, SOUND_KINDS, SOUND_RATE, type SoundCut, soundFilters } from './sound-cut.ts';

/** Cuts sound with FFmpeg in process. @returns false where there is none, or none that can be decoded. */
export async function cutSoundWithNodeAv(libav: Libav, input: string, output: string, cut: SoundCut): Promise<boolean> {
  const source = new libav.FormatContext();
  const opened = await openOwnContent(libav, source, input);
  if (opened < 0) throw new UsageError(`${input}: can't be read: ${libav.FFmpegError.strerror(opened)}`);
  let decoder: CodecContext | undefined;
  const target = new SoundTarget(libav, output, cut);
  const filters = new SoundFilters(libav, input, cut);
  const [packet, frame] = [new libav.Packet(), new libav.Frame()];
  packet.alloc();
  frame.alloc();
  try {
    const probed = await source.findStreamInfo();
    const stream =
      probed < 0
        ? undefined
        : source.streams.filter(({ codecpar }) => codecpar.codecType === libav.constants.AVMEDIA_TYPE_AUDIO)[
            cut.track ?? 0
          ];
    const codec = stream && libav.Codec.findDecoder(stream.codecpar.codecId);
    if (!stream || !codec) return false;
    decoder = new libav.CodecContext();
    decoder.allocContext3(codec);
    decoder.parametersToContext(stream.codecpar);
    decoder.pktTimebase = stream.timeBase;
    const ready = await decoder.open2(codec);
    if (ready < 0) throw new UsageError(`${input}: its sound can't be decoded: ${libav.FFmpegError.strerror(ready)}`);
    for (let ended = false; !ended; ) {
      cut.signal?.throwIfAborted();
      ended = (await source.readFrame(packet)) < 0 || beyond(packet, stream, cut.toUs);
      if (!ended && packet.streamIndex !== stream.index) {
        packet.unref();
        continue;
      }
      await decoder.sendPacket(ended ? null : packet);
      packet.unref();
      while ((await decoder.receiveFrame(frame)) >= 0) {
        frame.pts = frame.bestEffortTimestamp;
        for await (const made of filters.push(frame, stream)) await target.write(made);
        frame.unref();
      }
    }
    for await (const made of filters.end()) await target.write(made);
    return await target.finish();
  } finally {
    packet.free();
    frame.free();
    filters.free();
    decoder?.freeContext();
    await target.close();
    await source.closeInput();
  }
}

/** How much may be read behind the end, us: packets of a file are not quite in order. */
const BEHIND_US = 1e6;

const beyond = ({ pts, streamIndex }: Packet, { index, timeBase }: Stream, toUs: number): boolean =>
  streamIndex === index && (Number(pts) * timeBase.num * 1e6) / timeBase.den > toUs + BEHIND_US;

/** The filters of a cut, made for the first frame. */
class SoundFilters {
  private readonly libav: Libav;
  private readonly input: string;
  private readonly cut: SoundCut;
  private readonly made: Frame;
  private graph: FilterGraph | undefined;
  private ends: FilterEnds | undefined;

  constructor(libav: Libav, input: string, cut: SoundCut) {
    this.libav = libav;
    this.input = input;
    this.cut = cut;
    this.made = new libav.Frame();
    this.made.alloc();
  }

  async *push(frame: Frame, { timeBase }: Stream): AsyncGenerator<Frame> {
    this.ends ??= await this.open(frame, timeBase);
    const taken = await this.ends.source.buffersrcAddFrame(frame);
    if (taken < 0 && taken !== this.libav.constants.AVERROR_EOF) this.fail(taken);
    yield* this.ready();
  }

  async *end(): AsyncGenerator<Frame> {
    await this.ends?.source.buffersrcAddFrame(null);
    yield* this.ready();
  }

  free(): void {
    this.graph?.free();
    this.made.free();
  }

  private async *ready(): AsyncGenerator<Frame> {
    const { AVERROR_EAGAIN, AVERROR_EOF } = this.libav.constants;
    for (;;) {
      const code = (await this.ends?.sink.buffersinkGetFrame(this.made)) ?? AVERROR_EOF;
      if (code === AVERROR_EAGAIN || code === AVERROR_EOF) return;
      if (code < 0) this.fail(code);
      yield this.made;
      this.made.unref();
    }
  }

  private async open({ sampleRate, format, channelLayout }: Frame, timeBase: { num: number; den: number }) {
    this.graph = new this.libav.FilterGraph();
    const { mask, nbChannels } = channelLayout;
    const channels = mask > 0n ? `channel_layout=0x${mask.toString(16)}` : `channels=${nbChannels}`;
    const frames = `time_base=${timeBase.num}/${timeBase.den}:sample_rate=${sampleRate}:sample_fmt=${format}:${channels}`;
    const kinds = { source: 'abuffer', frames, sink: 'abuffersink', chain: soundFilters(this.cut) };
    return filterEnds(this.libav, this.graph, kinds);
  }

  private fail(code: number): never {
    throw new FailureError(`${this.input}: its sound can't be cut: ${this.libav.FFmpegError.strerror(code)}`);
  }
}

/** A file of sound that is being made; it is opened with the first frame. */
class SoundTarget {
  private readonly libav: Libav;
  private readonly file: string;
  private readonly as: SoundCut['as'];
  private readonly packet: Packet;
  private encoder: CodecContext | undefined;
  private output: FormatContext | undefined;
  private stream: Stream | undefined;

  constructor(libav: Libav, file: string, { as }: SoundCut) {
    this.libav = libav;
    this.file = file;
    this.as = as;
    this.packet = new libav.Packet();
    this.packet.alloc();
  }

  async write(frame: Frame): Promise<void> {
    this.encoder ??= await this.open(frame);
    this.check(await this.encoder.sendFrame(frame));
    await this.packets(this.encoder);
  }

  /** @returns false where there was nothing to write. */
  async finish(): Promise<boolean> {
    if (this.encoder === undefined) return false;
    this.check(await this.encoder.sendFrame(null));
    await this.packets(this.encoder);
    this.check((await this.output?.writeTrailer()) ?? 0);
    return true;
  }

  async close(): Promise<void> {
    this.packet.free();
    this.encoder?.freeContext();
    await this.output?.closeOutput();
    this.output?.freeContext();
  }

  private async packets(encoder: CodecContext): Promise<void> {
    const { AVERROR_EAGAIN, AVERROR_EOF } = this.libav.constants;
    const { timeBase, index } = this.stream as Stream;
    for (;;) {
      const code = await encoder.receivePacket(this.packet);
      if (code === AVERROR_EAGAIN || code === AVERROR_EOF) return;
      this.check(code);
      this.packet.streamIndex = index;
      this.packet.rescaleTs({ num: 1, den: SOUND_RATE }, timeBase);
      this.check((await this.output?.writeFrame(this.packet)) ?? 0);
      this.packet.unref();
    }
  }

  private async open(frame: Frame): Promise<CodecContext> {
    const { Codec, CodecContext, FormatContext, Rational, constants } = this.libav;
    const { format, codec: name } = SOUND_KINDS[this.as];
    const codec = Codec.findEncoderByName(name as Parameters<typeof Codec.findEncoderByName>[0]);
    if (!codec) throw new FailureError(`this build of node-av has no encoder ${name}`);
    const encoder = new CodecContext();
    encoder.allocContext3(codec);
    this.encoder = encoder;
    encoder.sampleRate = SOUND_RATE;
    encoder.sampleFormat = frame.format as typeof encoder.sampleFormat;
    encoder.channelLayout = frame.channelLayout;
    encoder.timeBase = new Rational(1, SOUND_RATE);
    if (this.as === 'aac') encoder.bitRate = BigInt(SOUND_BITS);
    if (this.as === 'aac') encoder.setFlags(constants.AV_CODEC_FLAG_GLOBAL_HEADER);
    this.check(await encoder.open2(codec, null));
    const output = new FormatContext();
    this.check(output.allocOutputContext2(null, format, `file:${this.file}`));
    this.output = output;
    this.stream = output.newStream();
    this.stream.codecpar.fromContext(encoder);
    this.stream.timeBase = encoder.timeBase;
    this.check(await output.openOutput());
    this.check(await output.writeHeader(null));
    return encoder;
  }

  private check(code: number): void {
    if (code < 0) throw new FailureError(`${this.file}: can't be written: ${this.libav.FFmpegError.strerror(code)}`);
  }
}
