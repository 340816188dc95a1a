import type { CodecContext, FormatContext, Frame, Packet, SoftwareScaleContext, Stream } from 'node-av/lib';
import { UsageError } from '../errors.ts';
import type { FrameRate } from '../time/frame-rate.ts';
import { type Colours, coloursOfStream } from './colours.ts';
import { openOwnContent } from './file-formats.ts';
import type { Libav } from './load.ts';
import { PictureReader } from './picture-reader.ts';
import { statedRate } from './stated-rate.ts';
import { displayMatrix, type Turn, turnOf } from './turn.ts';
import type { DecodedFrame, DecodedPicture, Luma, VideoFile } from './video-file.ts';

/**
 * Opens a video file with FFmpeg in process. Throws a UsageError that names the file and says what is wrong with it.
 */
export async function openWithNodeAv(libav: Libav, file: string, signal?: AbortSignal): Promise<VideoFile> {
  const { constants } = libav;
  const input = new libav.FormatContext();
  const opened = await openOwnContent(libav, input, file);
  if (opened < 0) {
    throw new UsageError(`${file}: not a complete video file: ${libav.FFmpegError.strerror(opened)}`);
  }
  let codec: CodecContext | undefined;
  try {
    const probed = await input.findStreamInfo();
    const index = probed < 0 ? -1 : input.findBestStream(constants.AVMEDIA_TYPE_VIDEO);
    const stream = input.streams[index];
    const decoder = stream && libav.Codec.findDecoder(stream.codecpar.codecId);
    if (!stream || !decoder || stream.codecpar.width <= 0) throw new UsageError(`${file}: holds no video`);
    codec = new libav.CodecContext();
    codec.allocContext3(decoder);
    codec.parametersToContext(stream.codecpar);
    codec.pktTimebase = stream.timeBase;
    codec.threadCount = 0;
    const ready = await codec.open2(decoder);
    if (ready < 0) throw new UsageError(`${file}: can't be decoded: ${libav.FFmpegError.strerror(ready)}`);
    return new NodeAvVideoFile(libav, file, { input, stream, codec, signal });
  } catch (error) {
    codec?.freeContext();
    await input.closeInput();
    throw error;
  }
}

/** Pictures one behind the other that can't be decoded: as many as a decoder holds, and more. */
const MOST_FAILURES = 256;

interface Opened {
  readonly input: FormatContext;
  readonly stream: Stream;
  readonly codec: CodecContext;
  readonly signal: AbortSignal | undefined;
}

class NodeAvVideoFile implements VideoFile {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly timeBase: { readonly num: number; readonly den: number };
  readonly colours: Colours | undefined;
  readonly frameRate: FrameRate | undefined;
  readonly frameCount: number | undefined;
  private readonly libav: Libav;
  private readonly input: FormatContext;
  private readonly stream: Stream;
  private readonly codec: CodecContext;
  private readonly packet: Packet;
  private readonly frame: Frame;
  private readonly luma: LumaReader;
  private readonly turn: Turn;
  private readonly signal: AbortSignal | undefined;
  private closed = false;

  constructor(libav: Libav, file: string, { input, stream, codec, signal }: Opened) {
    this.file = file;
    this.libav = libav;
    this.input = input;
    this.stream = stream;
    this.codec = codec;
    this.signal = signal;
    this.turn = turnOf(displayMatrix(libav, stream));
    const { width, height } = stream.codecpar;
    [this.width, this.height] = this.turn.swaps ? [height, width] : [width, height];
    const { num, den } = stream.timeBase;
    this.timeBase = { num, den };
    this.colours = coloursOfStream(stream);
    this.frameRate = statedRate(libav, input, stream);
    this.frameCount = Number(stream.nbFrames) || undefined;
    this.packet = new libav.Packet();
    this.packet.alloc();
    this.frame = new libav.Frame();
    this.frame.alloc();
    this.luma = new LumaReader(libav);
  }

  async *frames(): AsyncGenerator<DecodedFrame> {
    for await (const about of this.decode())
      yield { ...about, luma: this.turn.apply(await this.luma.read(this.frame)) };
  }

  async *pictures(): AsyncGenerator<DecodedPicture> {
    const reader = new PictureReader(this.libav, this.turn);
    try {
      for await (const about of this.decode()) yield { ...about, ...(await reader.read(this.frame)) };
    } finally {
      reader.free();
    }
  }

  /** Each picture is in `frame` when it is told of. */
  private async *decode(): AsyncGenerator<Pick<DecodedFrame, 'index' | 'ptsUs'>> {
    const { AVERROR_EOF, AVERROR_EAGAIN } = this.libav.constants;
    let index = 0;
    let ended = false;
    while (!ended) {
      this.signal?.throwIfAborted();
      const read = await this.input.readFrame(this.packet);
      if (read >= 0 && this.packet.streamIndex !== this.stream.index) {
        this.packet.unref();
        continue;
      }
      // A file that breaks off ends like any other.
      ended = read < 0;
      if (ended && read !== AVERROR_EOF && index === 0) this.unreadable(read);
      await this.codec.sendPacket(ended ? null : this.packet);
      if (!ended) this.packet.unref();
      for (let failures = 0; failures < MOST_FAILURES; ) {
        const received = await this.codec.receiveFrame(this.frame);
        if (received === AVERROR_EAGAIN || received === AVERROR_EOF) break;
        // A picture that can't be decoded is left out; those behind it are with the decoder already.
        if (received < 0) {
          failures++;
          continue;
        }
        yield { index, ptsUs: this.ptsUs() };
        index++;
      }
    }
    if (index === 0) throw new UsageError(`${this.file}: no frame can be decoded`);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.luma.free();
    this.packet.free();
    this.frame.free();
    this.codec.freeContext();
    await this.input.closeInput();
  }

  private ptsUs(): number {
    const pts = this.frame.bestEffortTimestamp;
    if (pts === this.libav.constants.AV_NOPTS_VALUE) return Number.NaN;
    return (Number(pts) * this.timeBase.num * 1e6) / this.timeBase.den;
  }

  private unreadable(code: number): never {
    throw new UsageError(`${this.file}: can't be read: ${this.libav.FFmpegError.strerror(code)}`);
  }
}

/**
 * Copies luma out of decoded frames, into memory of this process that stays valid whatever FFmpeg does with its own.
 */
class LumaReader {
  private readonly libav: Libav;
  private readonly eightBitLuma: ReadonlySet<number>;
  private data = new Uint8Array(0);
  private scaler: SoftwareScaleContext | undefined;
  private scaled: Frame | undefined;
  private scaledFrom = '';

  constructor(libav: Libav) {
    this.libav = libav;
    const c = libav.constants;
    this.eightBitLuma = new Set<number>([
      ...[c.AV_PIX_FMT_YUV420P, c.AV_PIX_FMT_YUVJ420P, c.AV_PIX_FMT_YUV422P, c.AV_PIX_FMT_YUVJ422P],
      ...[c.AV_PIX_FMT_YUV444P, c.AV_PIX_FMT_YUVJ444P, c.AV_PIX_FMT_NV12, c.AV_PIX_FMT_NV21, c.AV_PIX_FMT_GRAY8],
    ]);
  }

  async read(frame: Frame): Promise<Luma> {
    const source = this.eightBitLuma.has(frame.format) ? frame : await this.convert(frame);
    const { width, height } = source;
    const plane = source.data?.[0];
    const stride = source.linesize[0] ?? 0;
    if (!plane || stride < width) throw new UsageError('a decoded frame has no luma plane');
    if (this.data.length !== width * height) this.data = new Uint8Array(width * height);
    if (stride === width) this.data.set(plane.subarray(0, width * height));
    else for (let y = 0; y < height; y++) this.data.set(plane.subarray(y * stride, y * stride + width), y * width);
    return { data: this.data, width, height, stride: width };
  }

  free(): void {
    this.scaler?.freeContext();
    this.scaled?.free();
  }

  /** Other formats (10 bit, packed, RGB) by way of yuv420p. */
  private async convert(frame: Frame): Promise<Frame> {
    const { constants } = this.libav;
    const from = `${frame.width}x${frame.height} ${frame.format}`;
    if (!this.scaler || !this.scaled || this.scaledFrom !== from) {
      this.free();
      this.scaledFrom = from;
      this.scaler = new this.libav.SoftwareScaleContext();
      const target = constants.AV_PIX_FMT_YUV420P;
      const format = frame.format as typeof target;
      this.scaler.getContext(frame.width, frame.height, format, frame.width, frame.height, target, constants.SWS_POINT);
      this.scaled = new this.libav.Frame();
      this.scaled.alloc();
      this.scaled.format = target;
      this.scaled.width = frame.width;
      this.scaled.height = frame.height;
      this.scaled.getBuffer();
    }
    await this.scaler.scaleFrame(this.scaled, frame);
    return this.scaled;
  }
}
