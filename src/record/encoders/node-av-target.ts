import type { CodecContext, FormatContext, IOContext, Packet, Stream } from 'node-av/lib';
import { FailureError, UsageError } from '../../errors.ts';
import { namedTags } from '../../libav/file-tags.ts';
import type { Libav } from '../../libav/load.ts';
import { isMp4 } from '../../libav/mp4.ts';
import { periodUs } from '../../time/frame-rate.ts';
import type { EncoderOptions } from '../encoder.ts';
import { unknownContainer } from './container.ts';
import { encoderName } from './encoder-name.ts';
import { fragmentFrames, MuxerBytes, muxerSettings } from './muxer.ts';
import type { Output } from './outputs/output.ts';

/** Where an encoder's packets go. */
export interface PacketTarget {
  /**
   * @param packet Its time is its slot.
   * @param timeUs When the picture shall be shown, where that is not slot x period.
   */
  write(packet: Packet, timeUs?: number): Promise<void>;
  /** @param finish False where writing has failed: nothing more is written then. */
  close(finish: boolean): Promise<void>;
}

/** What FFmpeg holds back before it hands bytes over: most fragments take two or three trips. */
const BUFFER_BYTES = 1 << 18;

const MICROSECONDS = { num: 1, den: 1_000_000 };

/** A container, whose bytes go to an output. */
export class ContainerTarget implements PacketTarget {
  private readonly libav: Libav;
  private readonly options: EncoderOptions;
  private readonly container: string;
  private readonly format: FormatContext;
  private readonly output: Output;
  private readonly bytes = new MuxerBytes();
  /** What packets count their times in. */
  private readonly timeBase: { readonly num: number; readonly den: number };
  /** Frames of a fragment where this ends them; undefined where FFmpeg does. */
  private readonly fragmentFrames: number | undefined;
  private stream: Stream | undefined;
  private io: IOContext | undefined;
  private headed = false;
  /** Frames since the last fragment; the first one has the header before it. */
  private frames = 0;
  private begun = false;
  private closing: Promise<void> | undefined;

  private constructor(libav: Libav, options: EncoderOptions, container: string, output: Output) {
    this.libav = libav;
    this.options = options;
    this.container = container;
    this.output = output;
    this.format = new libav.FormatContext();
    const { frameRate, timestamps } = options;
    this.timeBase = timestamps === 'true' ? MICROSECONDS : { num: frameRate.den, den: frameRate.num };
    // A flush takes the last frame to last as long as its packet says: right for slots, and for true times only known
    // with the next frame.
    const slots = timestamps !== 'true';
    if (output.rewrite && isMp4(container) && slots) this.fragmentFrames = fragmentFrames(frameRate);
  }

  /**
   * @param output Taken over: closed also where this fails.
   * @param spare Headers of an encoder that may take over later.
   */
  static async open(
    libav: Libav,
    options: EncoderOptions,
    container: string,
    codec: CodecContext,
    output: Output,
    spare?: Uint8Array,
  ): Promise<ContainerTarget> {
    const target = new ContainerTarget(libav, options, container, output);
    try {
      target.begin(codec, spare);
      // What is said of the first frame stands in the header: where that is asked for, it waits for the frame.
      if (!options.tags?.start) await target.writeHeader(0);
    } catch (error) {
      await target.free();
      throw error;
    }
    return target;
  }

  async write(packet: Packet, timeUs?: number): Promise<void> {
    if (!this.headed) await this.writeHeader(Number(packet.pts));
    const stream = this.stream as Stream;
    packet.streamIndex = stream.index;
    packet.duration = 1n;
    if (timeUs !== undefined) {
      packet.pts = packet.dts = BigInt(timeUs);
      packet.duration = BigInt(Math.round(periodUs(this.options.frameRate)));
    }
    packet.rescaleTs(this.timeBase, stream.timeBase);
    if (this.fragmentFrames === undefined) {
      this.check(await this.format.writeFrame(packet));
      await this.bytes.handOver(this.output);
      return;
    }
    // A fragment grows in memory until it is flushed: only that brings bytes, which synchronous calls can't hand over.
    this.check(this.format.writeFrameSync(packet));
    if (++this.frames >= this.fragmentFrames) await this.flush();
  }

  async close(finish: boolean): Promise<void> {
    try {
      // Without a frame nothing was written, and nothing is lost.
      if (!finish || !this.headed) return;
      // What fits a full disk is in the file before the index is, which may not fit.
      if (this.frames > 0) await this.flush();
      this.check(await this.format.writeTrailer());
      await this.bytes.handOver(this.output);
      await this.closeOutput();
    } finally {
      await this.free();
    }
  }

  private async flush(): Promise<void> {
    this.frames = 0;
    // The first flush of a delayed header writes that alone.
    if (!this.begun) this.check(await this.format.writeFrame(null));
    this.begun = true;
    this.check(await this.format.writeFrame(null));
    await this.bytes.handOver(this.output);
  }

  private begin(codec: CodecContext, spare: Uint8Array | undefined): void {
    const { file, frameRate } = this.options;
    const output = this.format;
    if (output.allocOutputContext2(null, this.container, null) < 0) throw unknownContainer(file, this.container);
    const { Rational } = this.libav;
    this.stream = output.newStream();
    this.stream.codecpar.fromContext(codec);
    if (spare && codec.extraData) this.stream.codecpar.extradata = Buffer.concat([codec.extraData, spare]);
    this.stream.timeBase = new Rational(this.timeBase.num, this.timeBase.den);
    this.stream.avgFrameRate = new Rational(frameRate.num, frameRate.den);
    this.openBytes();
  }

  private async writeHeader(firstSlot: number): Promise<void> {
    const { Dictionary, FFmpegError } = this.libav;
    const { file, tags } = this.options;
    const output = this.format;
    const named = namedTags(tags, this.container, firstSlot);
    output.metadata = Dictionary.fromObject({ ...named.file });
    (this.stream as Stream).metadata = Dictionary.fromObject({ ...named.video });
    const plain = this.output.rewrite !== undefined;
    const cut = this.fragmentFrames !== undefined ? 'flushed' : plain ? 'timed' : 'keyframes';
    const settings = muxerSettings(this.container, this.options, { cut, plain });
    const header = await output.writeHeader(Dictionary.fromObject(settings));
    if (header < 0) {
      const how = `written as ${this.container} with ${encoderName(this.options)}`;
      throw new UsageError(`${file}: can't be ${how}: ${FFmpegError.strerror(header)}`);
    }
    this.headed = true;
    await this.bytes.handOver(this.output);
  }

  private openBytes(): void {
    const io = new this.libav.IOContext();
    const bytes = this.bytes;
    const seek = this.output.rewrite ? bytes.seek.bind(bytes) : undefined;
    io.allocContextWithCallbacks(BUFFER_BYTES, 1, null, (written) => bytes.write(written), seek);
    this.io = io;
    this.format.pb = io;
  }

  private async free(): Promise<void> {
    this.format.pb = null;
    this.io?.freeContext();
    this.format.freeContext();
    // Where this fails too, what went wrong before is what is told.
    await this.closeOutput().catch(() => {});
  }

  private closeOutput(): Promise<void> {
    this.closing ??= this.output.close();
    return this.closing;
  }

  private check(code: number): void {
    if (code >= 0) return;
    throw new FailureError(`${this.options.file}: recording stopped: ${this.libav.FFmpegError.strerror(code)}`);
  }
}
