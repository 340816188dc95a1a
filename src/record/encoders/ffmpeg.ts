import { type ChildProcess, spawn } from 'node:child_process';
import { rename, rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { type Picture, pictureBytes } from '../../camera/picture.ts';
import { FailureError, UsageError } from '../../errors.ts';
import {
  findSystemFfmpeg,
  HOW_TO_GET_FFMPEG,
  isTooOld,
  lastWords,
  runCommand,
  type SystemFfmpeg,
} from '../../libav/system-ffmpeg.ts';
import { periodUs } from '../../time/frame-rate.ts';
import { claimFile } from '../claim-file.ts';
import type { EncoderBackend, EncoderOptions, VideoEncoder } from '../encoder.ts';
import { checkOptions, containerOf } from './check.ts';
import { CheckedEncoder } from './checked.ts';
import { matroskaFrameHeader, matroskaHeader } from './matroska.ts';
import { isMp4, mp4Timescale } from './mp4.ts';
import { x264Settings } from './x264.ts';

/** The system's ffmpeg as a child process: raw pictures with their times in Matroska on its stdin. */
export const ffmpegBackend: EncoderBackend = createFfmpegBackend('ffmpeg');

/** @param command The ffmpeg to run, by name or path. */
export function createFfmpegBackend(command: string): EncoderBackend {
  const missing = async (): Promise<string | undefined> => {
    const ffmpeg = await findSystemFfmpeg(command);
    if (!ffmpeg) return `no ${command} on this system; ${HOW_TO_GET_FFMPEG}`;
    if (isTooOld(ffmpeg.version))
      return `${command} ${ffmpeg.version} is too old, 5.1 or newer is needed; ${HOW_TO_GET_FFMPEG}`;
    if (!ffmpeg.encoders.has('libx264')) return `${command} ${ffmpeg.version} has no libx264; ${HOW_TO_GET_FFMPEG}`;
    return undefined;
  };
  return {
    name: 'ffmpeg',
    unavailable: missing,
    async open(options) {
      const why = await missing();
      const ffmpeg = await findSystemFfmpeg(command);
      if (why !== undefined || !ffmpeg) throw new UsageError(why ?? '');
      checkOptions(options);
      await claimFile(options.file);
      return new CheckedEncoder(new FfmpegEncoder(ffmpeg, options), options);
    },
  };
}

class FfmpegEncoder implements VideoEncoder {
  readonly #ffmpeg: SystemFfmpeg;
  readonly #options: EncoderOptions;
  readonly #container: string;
  readonly #child: ChildProcess;
  readonly #stdin: Writable;
  readonly #ended: Promise<number>;
  readonly #bytes: number;
  #stderr = '';
  #begun = false;

  constructor(ffmpeg: SystemFfmpeg, options: EncoderOptions) {
    this.#ffmpeg = ffmpeg;
    this.#options = options;
    this.#container = containerOf(options);
    this.#bytes = pictureBytes(options.width, options.height);
    // In a session of its own, so that Ctrl-C in the terminal reaches this process alone, which then ends the stream.
    this.#child = spawn(ffmpeg.command, this.#arguments(), { stdio: ['pipe', 'ignore', 'pipe'], detached: true });
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
    // Without a frame ffmpeg fails, but nothing is lost: the file stays empty.
    if (!this.#begun) return;
    if (code !== 0) throw await this.#failure();
    if (isMp4(this.#container)) await this.#makePlain();
  }

  /** Fragments, which a killed recording is read from, become one index that players seek by. */
  async #makePlain(): Promise<void> {
    const { file } = this.#options;
    const plain = `${file}.part`;
    const arguments_ = ['-loglevel', 'error', '-copyts', '-i', `file:${file}`, '-map', '0', '-c', 'copy'];
    const outcome = [
      ...this.#timescale(),
      '-avoid_negative_ts',
      'disabled',
      '-f',
      this.#container,
      '-y',
      `file:${plain}`,
    ];
    const { code, err } = await runCommand(this.#ffmpeg.command, ['-hide_banner', ...arguments_, ...outcome]);
    if (code !== 0) {
      await rm(plain, { force: true });
      throw new FailureError(`${file}: complete, but left in fragments: ${lastWords(err)}`);
    }
    await rename(plain, file);
  }

  async #failure(): Promise<FailureError> {
    await this.#ended;
    return new FailureError(`${this.#options.file}: recording stopped: ffmpeg: ${lastWords(this.#stderr)}`);
  }

  #timescale(): string[] {
    return Object.entries(mp4Timescale(this.#options.frameRate)).flatMap(([name, value]) => [`-${name}`, value]);
  }

  #arguments(): string[] {
    const { file, frameRate } = this.#options;
    // The times arrive in whole us; the encoder's time base puts them back onto exact slots.
    const times = ['-fps_mode', 'passthrough', '-enc_time_base', `${frameRate.den}:${frameRate.num}`];
    const settings = Object.entries(x264Settings(this.#options)).flatMap(([name, value]) => [`-${name}:v`, value]);
    const fragments = ['-movflags', '+frag_keyframe+delay_moov', '-use_editlist', '1'];
    return [
      ...['-hide_banner', '-loglevel', 'error', '-copyts'],
      ...['-probesize', '32', '-analyzeduration', '0', '-f', 'matroska', '-i', 'pipe:0'],
      ...['-map', '0:v:0', ...times, '-c:v', 'libx264', ...settings, '-pix_fmt', 'yuv420p', '-color_range', 'tv'],
      ...(isMp4(this.#container) ? [...fragments, ...this.#timescale()] : []),
      ...['-avoid_negative_ts', 'disabled', '-flush_packets', '1', '-f', this.#container, '-y', `file:${file}`],
    ];
  }
}
