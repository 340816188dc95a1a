import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { FailureError, UsageError } from '../errors.ts';
import type { CaptureListener, SoundCapture, SoundInput } from './sound-input.ts';
import { lastWords } from './system-ffmpeg.ts';

/** What is kept of what ffmpeg says, in characters: its last words. */
const KEPT = 4000;

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** A frame of the sound, whose samples come by another way than its time. */
interface Announced {
  readonly us: number | undefined;
  readonly samples: number;
}

/**
 * Samples come on stdout, and what they are on stderr, by a filter that shows each frame's time.
 * @throws UsageError that names the input where it can't be opened, or holds no sound.
 */
export async function captureWithFfmpeg(command: string, input: SoundInput): Promise<SoundCapture> {
  const { format, options } = input;
  const before = Object.entries(options).flatMap(([name, value]) => [`-${name}`, value]);
  const from = [...(format === undefined ? [] : ['-f', format]), ...before, '-i', input.input];
  const quiet = ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'info'];
  // Times as they are: of devices those of the wall clock.
  const to = ['-map', '0:a:0', '-af', 'aformat=sample_fmts=flt,ashowinfo', '-flush_packets', '1', '-f', 'f32le', '-'];
  const child = spawn(command, [...quiet, '-copyts', ...from, ...to], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const capture = new FfmpegCapture(input.called, child);
  await capture.opened;
  return capture;
}

class FfmpegCapture implements SoundCapture {
  rate = 0;
  channels = 0;
  /** Resolves with the first frame. */
  readonly opened: Promise<void>;
  private readonly called: string;
  private readonly child: Child;
  private readonly ended: Promise<string | undefined>;
  private readonly announced: Announced[] = [];
  private words = '';
  private closed = false;

  constructor(called: string, child: Child) {
    this.called = called;
    this.child = child;
    this.ended = new Promise((resolve) => {
      child.once('error', ({ message }) => resolve(message));
      child.once('close', (code, killed) => resolve(code === 0 ? undefined : (killed ?? lastWords(this.words))));
    });
    this.opened = new Promise((resolve, reject) => {
      this.listenToWords(resolve);
      void this.ended.then((why) =>
        reject(
          new UsageError(
            why === undefined ? `${called}: holds no sound` : `${called}: can't be opened: ffmpeg: ${why}`,
          ),
        ),
      );
    });
  }

  async run(listen: CaptureListener): Promise<void> {
    let bytes: Buffer = Buffer.alloc(0);
    for await (const chunk of this.child.stdout as AsyncIterable<Buffer>) {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      for (;;) {
        const next = this.announced[0];
        const size = (next?.samples ?? 0) * this.channels * 4;
        if (next === undefined || bytes.length < size || this.closed) break;
        this.announced.shift();
        await listen(next.us, new Float32Array(Uint8Array.from(bytes.subarray(0, size)).buffer));
        bytes = bytes.subarray(size);
      }
      if (this.closed) return;
    }
    const why = await this.ended;
    if (why !== undefined && !this.closed) throw new FailureError(`${this.called}: ffmpeg: ${why}`);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.child.kill('SIGKILL');
    await this.ended;
  }

  private listenToWords(onFirst: () => void): void {
    let rest = '';
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (!this.announce(line)) this.words = `${this.words}${line}\n`.slice(-KEPT);
      if (this.rate > 0) onFirst();
    });
  }

  /** `n:0 pts:0 pts_time:0 fmt:flt channels:2 chlayout:stereo rate:48000 nb_samples:1024 ...` */
  private announce(line: string): boolean {
    const field = (name: string): string | undefined => new RegExp(`\\b${name}:(\\S+)`).exec(line)?.[1];
    const samples = Number(field('nb_samples') ?? Number.NaN);
    if (!Number.isInteger(samples)) return / n:\d+ pts:|ashowinfo/.test(line);
    this.rate = Number(field('rate'));
    this.channels = Number(field('channels'));
    const pts = Number(field('pts'));
    this.announced.push({ us: Number.isFinite(pts) ? (pts * 1e6) / this.rate : undefined, samples });
    return true;
  }
}
