import type { CodecContext, FormatContext, IOContext, Packet, Stream } from 'node-av/lib';
import { FailureError, UsageError } from '../../errors.ts';
import type { Libav } from '../../libav/load.ts';
import type { EncoderOptions } from '../encoder.ts';
import { unknownContainer } from './container.ts';
import { encoderName } from './encoder-name.ts';
import { isMp4 } from './mp4.ts';
import { muxerSettings } from './muxer-settings.ts';
import type { Output } from './outputs/index.ts';

/** Where an encoder's packets go. */
export interface PacketTarget {
  write(packet: Packet): Promise<void>;
  /** @param finish False where writing has failed: nothing more is written then. */
  close(finish: boolean): Promise<void>;
}

/** A container, in a file or as a stream to an output. */
export class ContainerTarget implements PacketTarget {
  readonly #libav: Libav;
  readonly #options: EncoderOptions;
  readonly #container: string;
  readonly #format: FormatContext;
  readonly #output: Output | undefined;
  #stream: Stream | undefined;
  #io: IOContext | undefined;
  /** What the muxer has written and the output has not. */
  #written: Uint8Array[] = [];

  private constructor(libav: Libav, options: EncoderOptions, container: string, output: Output | undefined) {
    this.#libav = libav;
    this.#options = options;
    this.#container = container;
    this.#output = output;
    this.#format = new libav.FormatContext();
  }

  /** @param output Takes the bytes; without it they go into `options.file`. */
  static async open(
    libav: Libav,
    options: EncoderOptions,
    container: string,
    codec: CodecContext,
    output?: Output,
  ): Promise<ContainerTarget> {
    const target = new ContainerTarget(libav, options, container, output);
    try {
      await target.#begin(codec);
    } catch (error) {
      await target.#free();
      throw error;
    }
    return target;
  }

  async write(packet: Packet): Promise<void> {
    const { num, den } = this.#options.frameRate;
    const stream = this.#stream as Stream;
    packet.streamIndex = stream.index;
    packet.duration = 1n;
    packet.rescaleTs({ num: den, den: num }, stream.timeBase);
    // Fragments grow in memory until a keyframe ends them: only that packet brings the disk into play.
    const inMemory = !this.#output && isMp4(this.#container) && !packet.isKeyframe;
    const written = inMemory ? this.#format.writeFrameSync(packet) : await this.#format.writeFrame(packet);
    if (written < 0) throw this.#failure(written);
    await this.#handOver();
  }

  async close(finish: boolean): Promise<void> {
    try {
      if (!finish) return;
      const written = await this.#format.writeTrailer();
      if (written < 0) throw this.#failure(written);
      await this.#handOver();
    } finally {
      await this.#free();
    }
  }

  async #begin(codec: CodecContext): Promise<void> {
    const { file, frameRate } = this.#options;
    const output = this.#format;
    // The protocol is named so that a colon in the path does not name another one.
    if (output.allocOutputContext2(null, this.#container, this.#output ? null : `file:${file}`) < 0) {
      throw unknownContainer(file, this.#container);
    }
    const timeBase = new this.#libav.Rational(frameRate.den, frameRate.num);
    this.#stream = output.newStream();
    this.#stream.codecpar.fromContext(codec);
    this.#stream.timeBase = timeBase;
    this.#stream.avgFrameRate = timeBase.inv();
    const opened = this.#output ? this.#openBytes() : await output.openOutput();
    if (opened < 0) throw this.#refused('written', opened);
    const settings = muxerSettings(this.#container, frameRate, this.#fragments());
    const header = await output.writeHeader(this.#libav.Dictionary.fromObject(settings));
    if (header < 0) throw this.#refused(`written as ${this.#container} with ${encoderName(this.#options)}`, header);
    await this.#handOver();
  }

  /**
   * In a file, fragments until it is closed (so that a killed recording can be read), a plain MP4 from then on. The edit list, and the
   * header delayed until the first time is known, keep the time of a first frame above 0.
   */
  #fragments(): string {
    return `${this.#output ? '' : 'hybrid_fragmented+'}frag_keyframe+delay_moov`;
  }

  #openBytes(): number {
    this.#io = new this.#libav.IOContext();
    const take = (bytes: Buffer) => {
      this.#written.push(Buffer.from(bytes));
      return bytes.length;
    };
    this.#io.allocContextWithCallbacks(65_536, 1, null, take, null);
    this.#format.pb = this.#io;
    return 0;
  }

  async #handOver(): Promise<void> {
    if (this.#written.length === 0) return;
    const bytes = Buffer.concat(this.#written);
    this.#written = [];
    await this.#output?.write(bytes);
  }

  async #free(): Promise<void> {
    if (this.#output) {
      this.#format.pb = null;
      this.#io?.freeContext();
    } else {
      await this.#format.closeOutput();
    }
    this.#format.freeContext();
    await this.#output?.close().catch(() => {});
  }

  #refused(how: string, code: number): UsageError {
    return new UsageError(`${this.#options.file}: can't be ${how}: ${this.#libav.FFmpegError.strerror(code)}`);
  }

  #failure(code: number): FailureError {
    return new FailureError(`${this.#options.file}: recording stopped: ${this.#libav.FFmpegError.strerror(code)}`);
  }
}
