import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Picture, pictureBytes } from '../../camera/picture.ts';
import { FailureError } from '../../errors.ts';
import { type NamedTags, namedTags, tagArguments } from '../../libav/file-tags.ts';
import { matroskaFrameHeader, matroskaHeader } from '../../libav/matroska.ts';
import { isMp4, mp4Timescale, TRUE_TIMESCALE } from '../../libav/mp4.ts';
import { topBoxes } from '../../libav/mp4-boxes.ts';
import { lastWords, runCommand, type SystemFfmpeg } from '../../libav/system-ffmpeg.ts';
import { periodUs } from '../../time/frame-rate.ts';
import { type DataSync, syncFile, syncFolder } from '../data-sync.ts';
import type { EncoderOptions, VideoEncoder } from '../encoder.ts';
import { type Capture, TrueTimes } from '../true-times.ts';
import { coloursOf } from './colours.ts';
import { ffmpegArguments, named, PICTURES_ON_STDIN } from './ffmpeg-arguments.ts';
import { FfmpegChild } from './ffmpeg-child.ts';
import type { FfmpegSettings } from './ffmpeg-settings.ts';
import type { Output } from './outputs/output.ts';
import { keyframeDistance } from './x264.ts';

/** Encodes with an ffmpeg that gets pictures with their times in Matroska. */
export class FfmpegEncoder implements VideoEncoder {
  private readonly ffmpeg: SystemFfmpeg;
  private readonly options: EncoderOptions;
  private readonly settings: FfmpegSettings;
  private readonly output: Output | undefined;
  private readonly sync: DataSync | undefined;
  private readonly bytes: number;
  /** Where those are asked for. */
  private readonly times: TrueTimes | undefined;
  private child: FfmpegChild;
  private tags: NamedTags;
  private begun = false;

  /** @param to Takes the bytes; or syncs `options.file`, which ffmpeg writes then. */
  constructor(ffmpeg: SystemFfmpeg, options: EncoderOptions, settings: FfmpegSettings, to: Output | DataSync) {
    this.ffmpeg = ffmpeg;
    this.options = options;
    this.settings = settings;
    if ('write' in to) this.output = to;
    else this.sync = to;
    this.bytes = pictureBytes(options.width, options.height);
    if (options.timestamps === 'true') this.times = new TrueTimes(options.frameRate);
    this.tags = this.tagsFrom(0);
    this.child = this.start(0);
  }

  async write(picture: Picture, slot: number, capture?: Capture): Promise<void> {
    this.sync?.check();
    if (!this.begun) await this.begin(slot);
    const { stdin } = this.child;
    const us = this.times?.timeOf(slot, capture) ?? Math.round(slot * periodUs(this.options.frameRate));
    const header = matroskaFrameHeader(us, this.bytes);
    const taken = await new Promise<boolean>((resolve) => {
      stdin.cork();
      stdin.write(header);
      stdin.write(picture.data.subarray(0, this.bytes), (error) => resolve(!error));
      stdin.uncork();
    });
    if (!taken) throw await this.failure();
  }

  async close(): Promise<void> {
    this.child.stdin.end();
    const well = await this.child.ended();
    // Without a frame ffmpeg fails, but nothing is lost: the file stays empty.
    if (!this.begun || !well) {
      await this.output?.close().catch(() => {});
      await this.sync?.stop();
      if (!this.begun) return;
      if (this.sync !== undefined && isMp4(this.settings.container ?? '')) await cutTornEnd(this.options.file);
      throw await this.failure();
    }
    await this.output?.close();
    if (this.sync === undefined) return;
    if (!isMp4(this.settings.container ?? '')) return this.sync.close();
    await this.sync.stop();
    await this.makePlain();
  }

  /**
   * ffmpeg counts keyframes from the first frame on, and says of the file what it was started with. It was started, so
   * that it is ready by now, for slot 0; where another one on another place of the grid comes, or there is more to say,
   * it is started anew.
   */
  private async begin(slot: number): Promise<void> {
    this.begun = true;
    const offset = slot % keyframeDistance(this.options);
    const tags = this.tagsFrom(slot);
    if (offset === 0 && JSON.stringify(tags) === JSON.stringify(this.tags)) return;
    this.tags = tags;
    await this.child.kill();
    this.child = this.start(offset);
  }

  private tagsFrom(slot: number): NamedTags {
    return namedTags(this.options.tags, this.settings.container, slot);
  }

  private start(gridOffset: number): FfmpegChild {
    const options = this.options;
    const destination = this.output ? 'pipe:1' : `file:${options.file}`;
    const job = { options, ...this.settings, destination, gridOffset, tags: this.tags };
    const arguments_ = ffmpegArguments(job, PICTURES_ON_STDIN);
    const child = new FfmpegChild(this.ffmpeg.command, arguments_, this.output);
    child.stdin.write(matroskaHeader({ ...options, colours: coloursOf(options) }));
    return child;
  }

  /** Fragments, which a killed recording is read from, become one index that players seek by. */
  private async makePlain(): Promise<void> {
    const { file, frameRate, timestamps } = this.options;
    const timescale = timestamps === 'true' ? TRUE_TIMESCALE : mp4Timescale(frameRate);
    const plain = `${file}.part`;
    // The timecode track is made anew from the timecode.
    const copied = ['-map', '0:v:0', '-c', 'copy', ...tagArguments(this.tags)];
    const source = ['-hide_banner', '-loglevel', 'error', '-copyts', '-i', `file:${file}`, ...copied];
    const container = this.settings.container ?? 'mp4';
    const { code, err } = await runCommand(this.ffmpeg.command, [
      ...[...source, ...named(timescale), '-avoid_negative_ts', 'disabled'],
      ...['-f', container, '-y', `file:${plain}`],
    ]);
    if (code !== 0) {
      await rm(plain, { force: true });
      await syncFile(file);
      throw new FailureError(`${file}: complete, but left in fragments: ${lastWords(err)}`);
    }
    await syncFile(plain);
    await rename(plain, file);
    await syncFolder(dirname(file));
  }

  private async failure(): Promise<unknown> {
    await this.child.ended();
    const { failure } = this.child;
    if (failure instanceof Error) return failure;
    return new FailureError(`${this.options.file}: recording stopped: ffmpeg: ${failure}`);
  }
}

/**
 * Takes the end off an MP4 in fragments whose last one was not written to its end, as on a full disk: a decoder would
 * show half a picture. Box sizes by ISO/IEC 14496-12, 4.2. What is no file, or whole, stays as it is.
 */
async function cutTornEnd(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) return;
    let whole = 0;
    for await (const { type, at, end } of topBoxes(handle, stat.size)) {
      if (end === at || end > stat.size) break;
      // The header of a fragment without its data is of no use.
      if (type !== 'moof') whole = end;
    }
    if (whole < stat.size) await handle.truncate(whole);
  } finally {
    await handle.close();
  }
}
