import type { CodecContext, FormatContext, Frame, Packet, Stream } from 'node-av/lib';
import { FailureError, UsageError } from '../errors.ts';
import { openOwnContent } from './file-formats.ts';
import type { Libav } from './load.ts';
import { fitted, type Jpeg, jpegScale, type PictureFile, type PictureLimits, QSCALES } from './picture-file.ts';

/** Opens a video file for single pictures with FFmpeg in process. @throws UsageError that names the file. */
export async function openPicturesWithNodeAv(libav: Libav, file: string, signal?: AbortSignal): Promise<PictureFile> {
  const input = new libav.FormatContext();
  const opened = await openOwnContent(libav, input, file);
  if (opened < 0) throw new UsageError(`${file}: not a complete video file: ${libav.FFmpegError.strerror(opened)}`);
  let codec: CodecContext | undefined;
  try {
    const probed = await input.findStreamInfo();
    const stream = input.streams[probed < 0 ? -1 : input.findBestStream(libav.constants.AVMEDIA_TYPE_VIDEO)];
    const decoder = stream && libav.Codec.findDecoder(stream.codecpar.codecId);
    if (!stream || !decoder) throw new UsageError(`${file}: holds no video`);
    codec = new libav.CodecContext();
    codec.allocContext3(decoder);
    codec.parametersToContext(stream.codecpar);
    codec.pktTimebase = stream.timeBase;
    const ready = await codec.open2(decoder);
    if (ready < 0) throw new UsageError(`${file}: can't be decoded: ${libav.FFmpegError.strerror(ready)}`);
    const packet = new libav.Packet();
    packet.alloc();
    const times: bigint[] = [];
    while ((await input.readFrame(packet)) >= 0) {
      signal?.throwIfAborted();
      if (packet.streamIndex === stream.index) times.push(packet.pts);
      packet.unref();
    }
    times.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    return new NodeAvPictures(libav, file, { input, stream, codec, packet, signal }, times);
  } catch (error) {
    codec?.freeContext();
    await input.closeInput();
    throw error;
  }
}

interface Opened {
  readonly input: FormatContext;
  readonly stream: Stream;
  readonly codec: CodecContext;
  readonly packet: Packet;
  readonly signal: AbortSignal | undefined;
}

class NodeAvPictures implements PictureFile {
  readonly ptsUs: readonly number[];
  private readonly libav: Libav;
  private readonly file: string;
  private readonly opened: Opened;
  private readonly times: readonly bigint[];
  private readonly frame: Frame;

  constructor(libav: Libav, file: string, opened: Opened, times: readonly bigint[]) {
    this.libav = libav;
    this.file = file;
    this.opened = opened;
    this.times = times;
    const { num, den } = opened.stream.timeBase;
    this.ptsUs = times.map((pts) => (Number(pts) * num * 1e6) / den);
    this.frame = new libav.Frame();
    this.frame.alloc();
  }

  async jpeg(index: number, { side, bytes }: PictureLimits): Promise<Jpeg> {
    const pts = this.times[index];
    if (pts === undefined || !(await this.decode(pts))) {
      throw new UsageError(`${this.file}: frame ${index} can't be decoded`);
    }
    const scaled = await this.scale(side);
    try {
      let data: Uint8Array = new Uint8Array(0);
      for (const qscale of QSCALES) {
        data = await this.encode(scaled, qscale);
        if (data.length <= bytes) break;
      }
      return { width: scaled.width, height: scaled.height, data };
    } finally {
      scaled.free();
    }
  }

  async close(): Promise<void> {
    const { input, codec, packet } = this.opened;
    packet.free();
    this.frame.free();
    codec.freeContext();
    await input.closeInput();
  }

  /** The frame of that time, from the keyframe before it. @returns false where there is none. */
  private async decode(pts: bigint): Promise<boolean> {
    const { input, stream, codec, packet, signal } = this.opened;
    const sought = await input.seekFrame(stream.index, pts, this.libav.constants.AVSEEK_FLAG_BACKWARD);
    if (sought < 0) return false;
    codec.flushBuffers();
    for (let ended = false; !ended; ) {
      signal?.throwIfAborted();
      const read = await input.readFrame(packet);
      if (read >= 0 && packet.streamIndex !== stream.index) {
        packet.unref();
        continue;
      }
      ended = read < 0;
      await codec.sendPacket(ended ? null : packet);
      if (!ended) packet.unref();
      while ((await codec.receiveFrame(this.frame)) >= 0) if (this.frame.bestEffortTimestamp >= pts) return true;
    }
    return false;
  }

  private async scale(side: number): Promise<Frame> {
    const { FilterGraph, Filter } = this.libav;
    const { width, height, format, colorSpace, colorRange } = this.frame;
    const graph = new FilterGraph();
    graph.alloc();
    const scaled = new this.libav.Frame();
    scaled.alloc();
    try {
      const add = (kind: string, args?: string) => {
        const filter = Filter.getByName(kind);
        return filter && graph.createFilter(filter, kind, args);
      };
      const shape = `video_size=${width}x${height}:pix_fmt=${format}:time_base=1/1:colorspace=${colorSpace}:range=${colorRange}`;
      const source = add('buffer', shape);
      const scale = add('scale', jpegScale(height, fitted(width, height, side)));
      const pixels = add('format', 'pix_fmts=yuvj420p');
      const sink = add('buffersink');
      if (!source || !scale || !pixels || !sink) throw new FailureError('this build of node-av can not scale pictures');
      source.link(0, scale, 0);
      scale.link(0, pixels, 0);
      pixels.link(0, sink, 0);
      for (const step of [
        () => graph.config(),
        () => source.buffersrcAddFrame(this.frame),
        () => sink.buffersinkGetFrame(scaled),
      ])
        this.check(await step());
      return scaled;
    } catch (error) {
      scaled.free();
      throw error;
    } finally {
      graph.free();
    }
  }

  private async encode(frame: Frame, qscale: number): Promise<Uint8Array> {
    const { Codec, CodecContext, Rational, Packet, constants } = this.libav;
    const encoder = Codec.findEncoder(constants.AV_CODEC_ID_MJPEG);
    if (!encoder) throw new FailureError('this build of node-av has no encoder for JPEG');
    const codec = new CodecContext();
    codec.allocContext3(encoder);
    const packet = new Packet();
    packet.alloc();
    try {
      codec.width = frame.width;
      codec.height = frame.height;
      codec.pixelFormat = constants.AV_PIX_FMT_YUVJ420P;
      codec.colorRange = constants.AVCOL_RANGE_JPEG;
      codec.timeBase = new Rational(1, 25);
      codec.setFlags(constants.AV_CODEC_FLAG_QSCALE);
      frame.quality = codec.globalQuality = qscale * constants.FF_QP2LAMBDA;
      frame.pts = 0n;
      this.check(await codec.open2(encoder, null));
      this.check(await codec.sendFrame(frame));
      this.check(await codec.receivePacket(packet));
      return new Uint8Array(packet.data ?? []);
    } finally {
      packet.free();
      codec.freeContext();
    }
  }

  private check(code: number): void {
    if (code < 0)
      throw new FailureError(`${this.file}: no picture can be made: ${this.libav.FFmpegError.strerror(code)}`);
  }
}
