import { type ChildProcess, spawn } from 'node:child_process';
import { rename, rm } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { type Picture, pictureBytes } from '../../camera/picture.ts';
import { FailureError } from '../../errors.ts';
import { lastWords, runCommand, type SystemFfmpeg } from '../../libav/system-ffmpeg.ts';
import { periodUs } from '../../time/frame-rate.ts';
import type { EncoderOptions, VideoEncoder } from '../encoder.ts';
import { ffmpegArguments, named, PICTURES_ON_STDIN } from './ffmpeg-arguments.ts';
import type { FfmpegSettings } from './ffmpeg-settings.ts';
import { matroskaFrameHeader, matroskaHeader } from './matroska.ts';
import { isMp4, mp4Timescale } from './mp4.ts';
import type { Output } from './outputs/index.ts';

/** One ffmpeg that encodes: pictures with their times in Matroska on its stdin, into a file or, by its stdout, to an output. */
export class FfmpegEncoder implements VideoEncoder {
  readonly #ffmpeg: SystemFfmpeg;
  readonly #options: EncoderOptions;
  readonly #container: string | undefined;
  readonly #output: Output | undefined;
  readonly #child: ChildProcess;
  readonly #stdin: Writable;
  readonly #ended: Promise<number>;
  readonly #relayed: Promise<void>;
  readonly #bytes: number;
  #stderr = '';
  #begun = false;
  #undelivered: unknown;

  /** @param output Takes the bytes; without it they go into `options.file`. */
  constructor(ffmpeg: SystemFfmpeg, options: EncoderOptions, { settings, container }: FfmpegSettings, output?: Output) {
    this.#ffmpeg = ffmpeg;
    this.#options = options;
    this.#container = container;
    this.#output = output;
    this.#bytes = pictureBytes(options.width, options.height);
    const destination = output ? 'pipe:1' : `file:${options.file}`;
    const arguments_ = ffmpegArguments({ options, settings, container, destination }, PICTURES_ON_STDIN);
    // In a session of its own, so that Ctrl-C in the terminal reaches this process alone, which then ends the stream.
    this.#child = spawn(ffmpeg.command, arguments_, {
      stdio: ['pipe', output ? 'pipe' : 'ignore', 'pipe'],
      detached: true,
    });
    this.#stdin = this.#child.stdin as Writable;
    // A broken pipe shows in the write's own callback.
    this.#stdin.on('error', () => {});
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-4000);
    });
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', (error) => {
        this.#stderr += `\n${error.message}`;
        resolve(-1);
      });
      this.#child.on('close', (code) => resolve(code ?? -1));
    });
    this.#relayed = output ? this.#relay(output) : Promise.resolve();
    this.#stdin.write(matroskaHeader(options));
  }

  async write(picture: Picture, slot: number): Promise<void> {
    this.#begun = true;
    const header = matroskaFrameHeader(Math.round(slot * periodUs(this.#options.frameRate)), this.#bytes);
    const taken = new Promise<boolean>((resolve) => {
      this.#stdin.cork();
      this.#stdin.write(header);
      this.#stdin.write(picture.data.subarray(0, this.#bytes), (error) => resolve(!error));
      this.#stdin.uncork();
    });
    if (!(await taken)) throw await this.#failure();
  }

  async close(): Promise<void> {
    this.#stdin.end();
    const code = await this.#ended;
    await this.#relayed;
    const closed = this.#output?.close();
    // Without a frame ffmpeg fails, but nothing is lost: the file stays empty.
    if (!this.#begun || code !== 0 || this.#undelivered) await closed?.catch(() => {});
    if (!this.#begun) return;
    if (code !== 0 || this.#undelivered) throw await this.#failure();
    await closed;
    if (!this.#output && isMp4(this.#container ?? '')) await this.#makePlain();
  }

  /** Hands on what ffmpeg writes. An output that takes no more ends it. */
  async #relay(output: Output): Promise<void> {
    try {
      for await (const bytes of this.#child.stdout as Readable) await output.write(bytes);
    } catch (error) {
      this.#undelivered = error;
      this.#child.kill('SIGKILL');
    }
  }

  /** Fragments, which a killed recording is read from, become one index that players seek by. */
  async #makePlain(): Promise<void> {
    const { file, frameRate } = this.#options;
    const plain = `${file}.part`;
    const arguments_ = ['-loglevel', 'error', '-copyts', '-i', `file:${file}`, '-map', '0', '-c', 'copy'];
    const outcome = ['-avoid_negative_ts', 'disabled', '-f', this.#container ?? 'mp4', '-y', `file:${plain}`];
    const { code, err } = await runCommand(this.#ffmpeg.command, [
      ...['-hide_banner', ...arguments_, ...named(mp4Timescale(frameRate)), ...outcome],
    ]);
    if (code !== 0) {
      await rm(plain, { force: true });
      throw new FailureError(`${file}: complete, but left in fragments: ${lastWords(err)}`);
    }
    await rename(plain, file);
  }

  async #failure(): Promise<unknown> {
    await this.#ended;
    await this.#relayed;
    if (this.#undelivered) return this.#undelivered;
    return new FailureError(`${this.#options.file}: recording stopped: ffmpeg: ${lastWords(this.#stderr)}`);
  }
}
