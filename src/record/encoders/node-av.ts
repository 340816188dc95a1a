import type { CodecContext, Packet } from 'node-av/lib';
import type { Picture } from '../../camera/picture.ts';
import { FailureError } from '../../errors.ts';
import { type Libav, loadLibav, requireLibav } from '../../libav/load.ts';
import type { EncoderBackend, EncoderOptions, VideoEncoder } from '../encoder.ts';
import { type Capture, TrueTimes } from '../true-times.ts';
import { checkOptions } from './check.ts';
import { CheckedEncoder } from './checked.ts';
import { containerOf, isElementary, unknownContainer, unknownEnding } from './container.ts';
import { ElementaryTarget, isRaw, RawEncoder } from './elementary.ts';
import { codecOf, encoderName } from './encoder-name.ts';
import { FrameMaker, openCodec } from './node-av-codec.ts';
import { ContainerTarget, type PacketTarget } from './node-av-target.ts';
import { isStream } from './outputs/address.ts';
import { openOutput } from './outputs/index.ts';
import type { Output } from './outputs/output.ts';
import { isGridSlot, spareOptions } from './x264.ts';

/** FFmpeg in process through node-av: no B-frames, the time base is the frame period. */
export const nodeAvBackend: EncoderBackend = {
  name: 'node-av',
  way: 'node-av',
  faster: true,
  async unavailable() {
    const libav = await loadLibav();
    return libav instanceof Error ? libav.message : undefined;
  },
  async check(options) {
    const libav = await requireLibav();
    const container = chooseContainer(libav, options);
    if (isRaw(options, container)) return;
    const codec = await openCodec(libav, options, hasGlobalHeader(libav, options, container));
    try {
      if (!options.sink) await tryContainer(libav, options, container, codec);
    } finally {
      codec.freeContext();
    }
  },
  async open(options) {
    const libav = await requireLibav();
    const container = chooseContainer(libav, options);
    if (isRaw(options, container)) return new CheckedEncoder(await RawEncoder.open(options), options);
    return new CheckedEncoder(await NodeAvEncoder.open(libav, options, container), options);
  },
};

class NodeAvEncoder implements VideoEncoder {
  private readonly libav: Libav;
  private readonly options: EncoderOptions;
  private codec: CodecContext;
  private readonly target: PacketTarget;
  private frames: FrameMaker;
  /** What takes over where `goFaster` is asked for; undefined once it has. */
  private spare: CodecContext | undefined;
  private faster = false;
  private readonly packet: Packet;
  /** Where those are asked for; and the times of pictures that are with the encoder, by slot. */
  private readonly times: TrueTimes | undefined;
  private readonly timesUs = new Map<number, number>();
  private failed = false;

  private constructor(
    libav: Libav,
    options: EncoderOptions,
    codec: CodecContext,
    spare: CodecContext | undefined,
    target: PacketTarget,
  ) {
    this.libav = libav;
    this.options = options;
    this.codec = codec;
    this.spare = spare;
    this.target = target;
    this.frames = new FrameMaker(libav, codec, encoderName(options));
    this.packet = new libav.Packet();
    this.packet.alloc();
    if (options.timestamps === 'true') this.times = new TrueTimes(options.frameRate);
  }

  static async open(libav: Libav, options: EncoderOptions, container: string): Promise<NodeAvEncoder> {
    const inContainer = hasGlobalHeader(libav, options, container);
    const codec = await openCodec(libav, options, inContainer);
    const faster = spareOptions(options);
    let spare: CodecContext | undefined;
    try {
      spare = faster && (await openCodec(libav, faster, inContainer));
      const target = await openTarget(libav, options, container, codec, spare);
      return new NodeAvEncoder(libav, options, codec, spare, target);
    } catch (error) {
      codec.freeContext();
      spare?.freeContext();
      throw error;
    }
  }

  goFaster(): boolean {
    if (this.spare === undefined || this.faster) return false;
    this.faster = true;
    return true;
  }

  async write(picture: Picture, slot: number, capture?: Capture): Promise<void> {
    if (this.faster && this.spare) await this.changeOver(this.spare);
    if (this.times) this.timesUs.set(slot, this.times.timeOf(slot, capture));
    const frame = await this.frames.make(picture, slot, isGridSlot(this.options, slot));
    this.check(await this.codec.sendFrame(frame));
    await this.writePackets();
  }

  private async changeOver(spare: CodecContext): Promise<void> {
    await this.drain();
    this.spare = undefined;
    this.frames.free();
    this.codec.freeContext();
    this.codec = spare;
    this.frames = new FrameMaker(this.libav, spare, encoderName(this.options));
  }

  async close(): Promise<void> {
    try {
      if (!this.failed) {
        await this.drain();
      }
    } finally {
      this.packet.free();
      this.frames.free();
      this.codec.freeContext();
      this.spare?.freeContext();
      await this.target.close(!this.failed);
    }
  }

  private async drain(): Promise<void> {
    this.check(await this.codec.sendFrame(null));
    // What the encoder held back is encoded now: not on this thread.
    await this.writePackets(() => this.codec.receivePacket(this.packet));
  }

  /**
   * @param receive By default for encoding that is done by now: it only moves a finished packet, which takes no trip to
   *   another thread.
   */
  private async writePackets(
    receive: () => number | Promise<number> = () => this.codec.receivePacketSync(this.packet),
  ): Promise<void> {
    const { AVERROR_EAGAIN, AVERROR_EOF } = this.libav.constants;
    for (;;) {
      const received = await receive();
      if (received === AVERROR_EAGAIN || received === AVERROR_EOF) return;
      this.check(received);
      try {
        const slot = Number(this.packet.pts);
        await this.target.write(this.packet, this.timesUs.get(slot));
        this.timesUs.delete(slot);
      } catch (error) {
        this.failed = true;
        throw error;
      } finally {
        this.packet.unref();
      }
    }
  }

  private check(code: number): void {
    if (code >= 0) return;
    this.failed = true;
    throw new FailureError(`${this.options.file}: recording stopped: ${this.libav.FFmpegError.strerror(code)}`);
  }
}

/** Checks the options, and asks FFmpeg about endings that are not known here. */
function chooseContainer(libav: Libav, options: EncoderOptions): string {
  checkOptions(options);
  const { file } = options;
  const container = containerOf(options) ?? libav.OutputFormat.guessFormat(null, file, null)?.name;
  if (!container) throw unknownEnding(file);
  if (!libav.OutputFormat.guessFormat(container, null, null)) throw unknownContainer(file, container);
  return container;
}

/** True where headers stand in the container and not in the stream. */
function hasGlobalHeader(libav: Libav, options: EncoderOptions, container: string): boolean {
  if (options.sink) return false;
  const format = libav.OutputFormat.guessFormat(container, null, null);
  return format?.hasFlags(libav.constants.AVFMT_GLOBALHEADER) ?? false;
}

async function openTarget(
  libav: Libav,
  options: EncoderOptions,
  container: string,
  codec: CodecContext,
  spare: CodecContext | undefined,
): Promise<PacketTarget> {
  const output = await openOutput(options, container);
  const stream = options.sink !== undefined || isStream(options.file);
  if (!stream || !isElementary(container)) {
    return ContainerTarget.open(libav, options, container, codec, output, spare?.extraData ?? undefined);
  }
  const delimited = options.sink !== undefined && codecOf(encoderName(options)) === 'h264';
  return new ElementaryTarget(output, delimited ? (codec.extraData ?? new Uint8Array(0)) : undefined);
}

/** Writes the container's header into nothing. */
async function tryContainer(libav: Libav, options: EncoderOptions, container: string, codec: CodecContext) {
  const nothing = async () => {};
  const nowhere: Output = { write: nothing, close: nothing, ...(!isStream(options.file) && { rewrite: nothing }) };
  const target = await ContainerTarget.open(libav, options, container, codec, nowhere);
  await target.close(true);
}
