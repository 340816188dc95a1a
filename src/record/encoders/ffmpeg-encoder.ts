import { rename, rm } from 'node:fs/promises';
import { type Picture, pictureBytes } from '../../camera/picture.ts';
import { FailureError } from '../../errors.ts';
import { lastWords, runCommand, type SystemFfmpeg } from '../../libav/system-ffmpeg.ts';
import { periodUs } from '../../time/frame-rate.ts';
import type { EncoderOptions, VideoEncoder } from '../encoder.ts';
import { ffmpegArguments, named, PICTURES_ON_STDIN } from './ffmpeg-arguments.ts';
import { FfmpegChild } from './ffmpeg-child.ts';
import type { FfmpegSettings } from './ffmpeg-settings.ts';
import { keyframeDistance } from './keyframes.ts';
import { matroskaFrameHeader, matroskaHeader } from './matroska.ts';
import { isMp4, mp4Timescale } from './mp4.ts';
import type { Output } from './outputs/index.ts';

/** Encodes with an ffmpeg that gets pictures with their times in Matroska. */
export class FfmpegEncoder implements VideoEncoder {
  readonly #ffmpeg: SystemFfmpeg;
  readonly #options: EncoderOptions;
  readonly #settings: FfmpegSettings;
  readonly #output: Output | undefined;
  readonly #bytes: number;
  #child: FfmpegChild;
  #begun = false;

  /** @param output Takes the bytes; without it they go into `options.file`. */
  constructor(ffmpeg: SystemFfmpeg, options: EncoderOptions, settings: FfmpegSettings, output?: Output) {
    this.#ffmpeg = ffmpeg;
    this.#options = options;
    this.#settings = settings;
    this.#output = output;
    this.#bytes = pictureBytes(options.width, options.height);
    this.#child = this.#start(0);
  }

  async write(picture: Picture, slot: number): Promise<void> {
    if (!this.#begun) await this.#begin(slot);
    const { stdin } = this.#child;
    const header = matroskaFrameHeader(Math.round(slot * periodUs(this.#options.frameRate)), this.#bytes);
    const taken = await new Promise<boolean>((resolve) => {
      stdin.cork();
      stdin.write(header);
      stdin.write(picture.data.subarray(0, this.#bytes), (error) => resolve(!error));
      stdin.uncork();
    });
    if (!taken) throw await this.#failure();
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    const well = await this.#child.ended();
    const closed = this.#output?.close();
    if (!well || !this.#begun) await closed?.catch(() => {});
    // Without a frame ffmpeg fails, but nothing is lost: the file stays empty.
    if (!this.#begun) return;
    if (!well) throw await this.#failure();
    await closed;
    if (!this.#output && isMp4(this.#settings.container ?? '')) await this.#makePlain();
  }

  /**
   * ffmpeg counts keyframes from the first frame on. It was started, so that it is ready by now, for a first slot on the grid;
   * for another one it is started anew.
   */
  async #begin(slot: number): Promise<void> {
    this.#begun = true;
    const offset = slot % keyframeDistance(this.#options);
    if (offset === 0) return;
    await this.#child.kill();
    this.#child = this.#start(offset);
  }

  #start(gridOffset: number): FfmpegChild {
    const options = this.#options;
    const destination = this.#output ? 'pipe:1' : `file:${options.file}`;
    const arguments_ = ffmpegArguments({ options, ...this.#settings, destination, gridOffset }, PICTURES_ON_STDIN);
    const child = new FfmpegChild(this.#ffmpeg.command, arguments_, this.#output);
    child.stdin.write(matroskaHeader(options));
    return child;
  }

  /** Fragments, which a killed recording is read from, become one index that players seek by. */
  async #makePlain(): Promise<void> {
    const { file, frameRate } = this.#options;
    const plain = `${file}.part`;
    const source = ['-hide_banner', '-loglevel', 'error', '-copyts', '-i', `file:${file}`, '-map', '0', '-c', 'copy'];
    const container = this.#settings.container ?? 'mp4';
    const { code, err } = await runCommand(this.#ffmpeg.command, [
      ...[...source, ...named(mp4Timescale(frameRate)), '-avoid_negative_ts', 'disabled'],
      ...['-f', container, '-y', `file:${plain}`],
    ]);
    if (code !== 0) {
      await rm(plain, { force: true });
      throw new FailureError(`${file}: complete, but left in fragments: ${lastWords(err)}`);
    }
    await rename(plain, file);
  }

  async #failure(): Promise<unknown> {
    await this.#child.ended();
    const { failure } = this.#child;
    if (failure instanceof Error) return failure;
    return new FailureError(`${this.#options.file}: recording stopped: ffmpeg: ${failure}`);
  }
}
