import { lastWords } from './system-ffmpeg.ts';

/**
 * Arguments with which ffmpeg says what `ToldPictures` reads, where `showinfo` stands in its filters; a damaged picture
 * doesn't end it.
 */
export const TELLING = ['-hide_banner', '-nostats', '-loglevel', 'level+info', '-max_error_rate', '1'] as const;

/**
 * What ffmpeg says while it decodes: the time of each picture, before the picture itself is written, and what is wrong.
 * Not every packet gives a picture, so that a picture's number says nothing of which packet it is from; its time does.
 */
export class ToldPictures {
  private rest = '';
  private secondsATick = Number.NaN;
  private timesUs: number[] = [];
  private errors = '';
  private ended = false;
  private wake: () => void = () => {};

  push(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.line(line);
    this.wake();
  }

  end(): void {
    this.ended = true;
    this.wake();
  }

  /** The time of the next picture, us; NaN where it has none. */
  async next(): Promise<number> {
    while (this.timesUs.length === 0 && !this.ended) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return this.timesUs.shift() ?? Number.NaN;
  }

  get lastWords(): string {
    return lastWords(this.errors);
  }

  private line(line: string): void {
    const base = /showinfo.*config in time_base: (\d+)\/(\d+)/.exec(line);
    if (base) this.secondsATick = Number(base[1]) / Number(base[2]);
    const pts = /showinfo.* n: *\d+ pts: *(\S+)/.exec(line);
    // A time that is none (NOPTS) is not a number.
    if (pts) this.timesUs.push(Number(pts[1]) * this.secondsATick * 1e6);
    else if (/\[(error|fatal|panic)\]/.test(line)) {
      this.errors = `${this.errors}${line.replace(/\[(error|fatal|panic)\] */, '')}\n`.slice(-4000);
    }
  }
}
