import type { CodecContext, FormatContext, Frame, Packet, Stream } from 'node-av/lib';
import type { Picture } from '../../camera/picture.ts';
import { FailureError, UsageError } from '../../errors.ts';
import { type Libav, loadLibav, requireLibav } from '../../libav/load.ts';
import type { FrameRate } from '../../time/frame-rate.ts';
import { claimFile } from '../claim-file.ts';
import type { EncoderBackend, EncoderOptions, VideoEncoder } from '../encoder.ts';
import { checkOptions, containerOf } from './check.ts';
import { CheckedEncoder } from './checked.ts';
import { isMp4, mp4Timescale } from './mp4.ts';
import { keyframeDistance, x264Settings } from './x264.ts';

/** FFmpeg in process through node-av: libx264, no B-frames, the time base is the frame period. */
export const nodeAvBackend: EncoderBackend = {
  name: 'node-av',
  async unavailable() {
    const libav = await loadLibav();
    return libav instanceof Error ? libav.message : undefined;
  },
  async open(options) {
    const libav = await requireLibav();
    checkOptions(options);
    await claimFile(options.file);
    return new CheckedEncoder(await NodeAvEncoder.open(libav, options), options);
  },
};

class NodeAvEncoder implements VideoEncoder {
  readonly #libav: Libav;
  readonly #file: string;
  readonly #codec: CodecContext;
  readonly #output: FormatContext;
  readonly #stream: Stream;
  readonly #frame: Frame;
  readonly #packet: Packet;
  /** The size of a picture of the time base that the container settled on. */
  readonly #timeBase: { readonly num: number; readonly den: number };
  readonly #fragmented: boolean;
  #failed = false;

  private constructor(
    libav: Libav,
    options: EncoderOptions,
    codec: CodecContext,
    output: FormatContext,
    stream: Stream,
    frame: Frame,
  ) {
    this.#libav = libav;
    this.#file = options.file;
    this.#codec = codec;
    this.#output = output;
    this.#stream = stream;
    this.#frame = frame;
    this.#packet = new libav.Packet();
    this.#packet.alloc();
    this.#fragmented = isMp4(containerOf(options));
    this.#timeBase = { num: options.frameRate.den, den: options.frameRate.num };
  }

  static async open(libav: Libav, options: EncoderOptions): Promise<NodeAvEncoder> {
    const { constants } = libav;
    const { file, width, height, frameRate } = options;
    const container = containerOf(options);
    const timeBase = new libav.Rational(frameRate.den, frameRate.num);

    const output = new libav.FormatContext();
    // The protocol is named so that a colon in the path does not name another one.
    if (output.allocOutputContext2(null, container, `file:${file}`) < 0) {
      throw new UsageError(`${file}: FFmpeg has no container called ${container}`);
    }
    const codec = new libav.CodecContext();
    const h264 = libav.Codec.findEncoderByName('libx264' as Parameters<typeof libav.Codec.findEncoderByName>[0]);
    if (!h264) throw new FailureError('this build of node-av has no libx264');
    codec.allocContext3(h264);
    codec.width = width;
    codec.height = height;
    codec.pixelFormat = constants.AV_PIX_FMT_YUV420P;
    codec.colorRange = constants.AVCOL_RANGE_MPEG;
    codec.timeBase = timeBase;
    codec.framerate = timeBase.inv();
    codec.gopSize = keyframeDistance(options);
    if (output.oformat?.hasFlags(constants.AVFMT_GLOBALHEADER)) codec.setFlags(constants.AV_CODEC_FLAG_GLOBAL_HEADER);

    const opened = await codec.open2(h264, libav.Dictionary.fromObject(x264Settings(options)));
    if (opened < 0) throw new UsageError(`${file}: libx264 does not take these settings: ${reason(libav, opened)}`);

    const stream = output.newStream();
    stream.codecpar.fromContext(codec);
    stream.timeBase = timeBase;
    stream.avgFrameRate = timeBase.inv();
    const fail = async (code: number): Promise<never> => {
      codec.freeContext();
      await output.closeOutput();
      output.freeContext();
      throw new UsageError(`${file}: can't be written as ${container}: ${reason(libav, code)}`);
    };
    const file_ = await output.openOutput();
    if (file_ < 0) await fail(file_);
    const header = await output.writeHeader(libav.Dictionary.fromObject(muxerSettings(container, frameRate)));
    if (header < 0) await fail(header);

    // One frame for all pictures: its buffer makes FFmpeg take it by reference, `fromBuffer` then points it at the picture.
    const frame = new libav.Frame();
    frame.alloc();
    frame.format = constants.AV_PIX_FMT_YUV420P;
    frame.width = width;
    frame.height = height;
    frame.colorRange = constants.AVCOL_RANGE_MPEG;
    frame.getBuffer();
    return new NodeAvEncoder(libav, options, codec, output, stream, frame);
  }

  async write(picture: Picture, slot: number): Promise<void> {
    const { data } = picture;
    // libx264 copies the picture while it takes the frame, so the picture is free again when sendFrame resolves.
    this.#frame.fromBuffer(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    this.#frame.pts = BigInt(slot);
    this.#frame.duration = 1n;
    this.#check(await this.#codec.sendFrame(this.#frame));
    await this.#writePackets();
  }

  async close(): Promise<void> {
    try {
      if (!this.#failed) {
        this.#check(await this.#codec.sendFrame(null));
        await this.#writePackets();
        this.#check(await this.#output.writeTrailer());
      }
    } finally {
      this.#packet.free();
      this.#frame.free();
      this.#codec.freeContext();
      await this.#output.closeOutput();
      this.#output.freeContext();
    }
  }

  async #writePackets(): Promise<void> {
    const { AVERROR_EAGAIN, AVERROR_EOF } = this.#libav.constants;
    for (;;) {
      // Encoding is done by now: this only moves a finished packet, which takes no trip to another thread.
      const received = this.#codec.receivePacketSync(this.#packet);
      if (received === AVERROR_EAGAIN || received === AVERROR_EOF) return;
      this.#check(received);
      this.#packet.streamIndex = this.#stream.index;
      this.#packet.duration = 1n;
      this.#packet.rescaleTs(this.#timeBase, this.#stream.timeBase);
      // Fragments grow in memory until a keyframe ends them: only that packet brings the disk into play.
      const inMemory = this.#fragmented && !this.#packet.isKeyframe;
      const written = inMemory
        ? this.#output.writeFrameSync(this.#packet)
        : await this.#output.writeFrame(this.#packet);
      this.#packet.unref();
      this.#check(written);
    }
  }

  #check(code: number): void {
    if (code >= 0) return;
    this.#failed = true;
    throw new FailureError(`${this.#file}: recording stopped: ${reason(this.#libav, code)}`);
  }
}

/**
 * Fragments until it is closed (so that a killed recording can be read), a plain MP4 from then on. The edit list, and the header
 * delayed until the first time is known, keep the time of a first frame above 0.
 */
function muxerSettings(container: string, frameRate: FrameRate): Record<string, string> {
  if (!isMp4(container)) return { flush_packets: '1' };
  return {
    movflags: 'hybrid_fragmented+frag_keyframe+delay_moov',
    use_editlist: '1',
    flush_packets: '1',
    ...mp4Timescale(frameRate),
  };
}

const reason = (libav: Libav, code: number): string => libav.FFmpegError.strerror(code);
