import { FailureError, UsageError } from '../../../errors.ts';
import { findSystemFfmpeg, HOW_TO_GET_FFMPEG, runCommand } from '../../../libav/system-ffmpeg.ts';
import { FfmpegChild } from '../ffmpeg-child.ts';
import { schemeOf } from './address.ts';
import type { Output } from './output.ts';

/** A process that was told to stop waits for a reader that takes nothing for so long, ms. */
const PATIENCE_MS = 2000;

/**
 * An address that FFmpeg writes to by a protocol of its own (rtmp, srt, http and others), through the system's ffmpeg,
 * which hands the bytes on as they are: in this process nothing could end a connection that hangs.
 */
export class FfmpegOutput implements Output {
  private readonly file: string;
  private readonly child: FfmpegChild;
  private readonly signal: AbortSignal | undefined;

  private constructor(file: string, command: string, signal: AbortSignal | undefined) {
    this.file = file;
    const raw = ['-f', 'data', '-i', 'pipe:0', '-map', '0', '-c', 'copy', '-f', 'data', '-flush_packets', '1'];
    this.child = new FfmpegChild(command, ['-hide_banner', '-loglevel', 'error', ...raw, file]);
    this.signal = signal;
  }

  /**
   * ffmpeg connects with the first bytes: an address where nobody listens fails then.
   * @throws UsageError that names the address, where there is no ffmpeg, or none with that protocol.
   */
  static async open(file: string, signal?: AbortSignal): Promise<FfmpegOutput> {
    const ffmpeg = await findSystemFfmpeg();
    if (!ffmpeg) throw new UsageError(`${file}: is written to by the program ffmpeg; ${HOW_TO_GET_FFMPEG}`);
    const { out } = await runCommand(ffmpeg.command, ['-hide_banner', '-protocols']);
    const protocols = out.replace(/^[\s\S]*Output:/, '').trim();
    if (!protocols.split(/\s+/).includes(schemeOf(file) ?? '')) {
      throw new UsageError(`${file}: ffmpeg ${ffmpeg.version} has no such protocol; see ffmpeg -protocols`);
    }
    return new FfmpegOutput(file, ffmpeg.command, signal);
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.patiently(async () => {
      const taken = new Promise<boolean>((resolve) => this.child.stdin.write(bytes, (error) => resolve(!error)));
      if (!(await taken)) throw await this.failure();
    });
  }

  close(): Promise<void> {
    return this.patiently(async () => {
      this.child.stdin.end();
      if (!(await this.child.ended())) throw await this.failure();
    });
  }

  /** Once the signal has fired, what takes longer than it may ends ffmpeg, and with it the work. */
  private async patiently(work: () => Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    let slow = false;
    const hurry = (): void => {
      timer = setTimeout(() => {
        slow = true;
        void this.child.kill();
      }, PATIENCE_MS);
    };
    if (this.signal?.aborted) hurry();
    else this.signal?.addEventListener('abort', hurry);
    try {
      await work();
    } catch (error) {
      if (!slow) throw error;
      throw new FailureError(`${this.file}: recording stopped: the reader takes nothing`, { cause: error });
    } finally {
      clearTimeout(timer);
      this.signal?.removeEventListener('abort', hurry);
    }
  }

  private async failure(): Promise<FailureError> {
    await this.child.ended();
    const why = String(this.child.failure);
    const text = why.startsWith(`${this.file}: `) ? why.slice(this.file.length + 2) : why;
    return new FailureError(`${this.file}: recording stopped: ${text}`);
  }
}
