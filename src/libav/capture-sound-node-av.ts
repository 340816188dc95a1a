import type { CodecContext, FormatContext, Frame, Stream } from 'node-av/lib';
import { FailureError, UsageError } from '../errors.ts';
import type { Libav } from './load.ts';
import { eachSample } from './samples.ts';
import type { CaptureListener, SoundCapture, SoundInput } from './sound-input.ts';

/** @throws UsageError that names the input where it can't be opened, or holds no sound. */
export async function captureWithNodeAv(libav: Libav, input: SoundInput): Promise<SoundCapture> {
  const { called, format: named, options } = input;
  const demuxer = named === undefined ? null : libav.InputFormat.findInputFormat(named);
  const format = new libav.FormatContext();
  // Only a context that exists can be interrupted.
  format.allocContext();
  const opened = await format.openInput(input.input, demuxer, libav.Dictionary.fromObject({ ...options }));
  if (opened < 0) throw new UsageError(`${called}: can't be opened: ${libav.FFmpegError.strerror(opened)}`);
  let codec: CodecContext | undefined;
  try {
    await format.findStreamInfo();
    const stream = format.streams[format.findBestStream(libav.constants.AVMEDIA_TYPE_AUDIO)];
    const decoder = stream && libav.Codec.findDecoder(stream.codecpar.codecId);
    if (!stream || !decoder) throw new UsageError(`${called}: holds no sound`);
    codec = new libav.CodecContext();
    codec.allocContext3(decoder);
    codec.parametersToContext(stream.codecpar);
    codec.pktTimebase = stream.timeBase;
    const ready = await codec.open2(decoder);
    if (ready < 0) throw new UsageError(`${called}: can't be decoded: ${libav.FFmpegError.strerror(ready)}`);
    return new NodeAvCapture(libav, called, { format, stream, codec });
  } catch (error) {
    codec?.freeContext();
    await format.closeInput();
    throw error;
  }
}

interface Opened {
  readonly format: FormatContext;
  readonly stream: Stream;
  readonly codec: CodecContext;
}

class NodeAvCapture implements SoundCapture {
  readonly rate: number;
  readonly channels: number;
  private readonly libav: Libav;
  private readonly called: string;
  private readonly opened: Opened;
  private closed = false;
  private running: Promise<void> | undefined;
  private released: Promise<void> | undefined;

  constructor(libav: Libav, called: string, opened: Opened) {
    this.libav = libav;
    this.called = called;
    this.opened = opened;
    this.rate = opened.stream.codecpar.sampleRate;
    this.channels = opened.stream.codecpar.channels;
  }

  run(listen: CaptureListener): Promise<void> {
    this.running ??= this.read(listen);
    return this.running;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.opened.format.interrupt();
    await this.running?.catch(() => {});
    this.released ??= this.release();
    await this.released;
  }

  private async read(listen: CaptureListener): Promise<void> {
    const { libav } = this;
    const { format, stream, codec } = this.opened;
    const [packet, frame] = [new libav.Packet(), new libav.Frame()];
    packet.alloc();
    frame.alloc();
    try {
      for (let ended = false; !ended && !this.closed; ) {
        const read = await format.readFrame(packet);
        ended = read < 0;
        if (ended && read !== libav.constants.AVERROR_EOF && !this.closed)
          throw new FailureError(`${this.called}: ${libav.FFmpegError.strerror(read)}`);
        if (!ended && packet.streamIndex !== stream.index) {
          packet.unref();
          continue;
        }
        await codec.sendPacket(ended ? null : packet);
        if (!ended) packet.unref();
        while (!this.closed && (await codec.receiveFrame(frame)) >= 0) {
          await listen(this.timeOf(frame), this.samplesOf(frame));
          frame.unref();
        }
      }
    } finally {
      packet.free();
      frame.free();
    }
  }

  private timeOf(frame: Frame): number | undefined {
    const { num, den } = this.opened.stream.timeBase;
    const pts = frame.bestEffortTimestamp;
    return pts === this.libav.constants.AV_NOPTS_VALUE ? undefined : (Number(pts) * num * 1e6) / den;
  }

  private samplesOf(frame: Frame): Float32Array {
    const { channels } = this;
    const samples = new Float32Array(frame.nbSamples * channels);
    eachSample(this.libav, frame, (channel, i, value) => {
      samples[i * channels + channel] = value;
    });
    return samples;
  }

  private async release(): Promise<void> {
    this.opened.codec.freeContext();
    await this.opened.format.closeInput();
  }
}
