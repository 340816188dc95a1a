import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { counted } from '../../counted.ts';
import { FailureError } from '../../errors.ts';
import type { CircularEncoder, SavedSegment } from '../../record/segments/circular.ts';
import { StreamKeptError } from '../../record/segments/save-units.ts';
import type { SegmentNames } from '../../record/segments/segment-names.ts';
import type { Line } from './notices.ts';

export interface CircularSavesOptions {
  readonly encoder: CircularEncoder;
  readonly names: SegmentNames;
  /** The wall clock at a position, us. */
  readonly wallUs: (position: number) => number;
  readonly onSaved: (file: string) => void;
  readonly say: (line: Line) => void;
}

/** The files into which a circular buffer is saved: those that are asked for, and the one at the end. */
export class CircularSaves {
  private readonly options: CircularSavesOptions;
  private count = 0;
  /** The position behind what was asked for, and behind what is in files. */
  private asked = 0;
  private saved = 0;
  private saving: Promise<void> = Promise.resolve();

  constructor(options: CircularSavesOptions) {
    this.options = options;
  }

  /**
   * Saves up to a position, not included, while the recording goes on; what fails is a warning, and can be asked for
   * again.
   * @param pausing True where nothing is recorded from there on for a while.
   */
  save(end: number, pausing: boolean): void {
    const { encoder, say } = this.options;
    if (end <= this.asked) {
      say({
        level: 'news',
        text: end === 0 ? 'nothing recorded yet: nothing to save' : 'nothing new since the last save',
      });
      return;
    }
    this.asked = end;
    const saving = encoder.save(this.nextName(end), end, pausing).then(
      (segment) => this.done(segment, end),
      (error: Error) => {
        if (error instanceof StreamKeptError) this.saved = Math.max(this.saved, end);
        else if (this.asked === end) this.asked = this.saved;
        say({ level: 'warning', text: error.message });
      },
    );
    this.saving = Promise.all([this.saving, saving]).then(() => {});
  }

  /**
   * Saves what is not in a file yet, once the encoder is closed. Where its file can't be written it goes into the
   * system's folder for temporary files.
   * @throws FailureError that says where the frames are, or how many are lost.
   */
  async saveRest(end: number): Promise<void> {
    await this.saving;
    if (end <= this.saved) return;
    const { encoder } = this.options;
    const file = this.nextName(end);
    try {
      this.done(await encoder.save(file, end), end);
    } catch (cause) {
      const { message } = cause as Error;
      if (cause instanceof StreamKeptError) throw cause;
      throw new FailureError(`${message}; ${await this.rescue(file, end)}`, { cause });
    }
  }

  /** @returns what became of the frames, in words. */
  private async rescue(file: string, end: number): Promise<string> {
    const { encoder } = this.options;
    const folder = await mkdtemp(join(tmpdir(), 'genlock-')).catch(() => undefined);
    if (folder === undefined) return LOST;
    try {
      const { file: kept, frames } = await encoder.save(join(folder, file === '-' ? 'stdout' : basename(file)), end);
      return `its ${counted(frames, 'frame is', 'frames are')} in ${kept} instead`;
    } catch (error) {
      if (error instanceof StreamKeptError) return error.message;
      await rm(folder, { recursive: true, force: true });
      return LOST;
    }
  }

  private done({ file, frames, firstPosition }: SavedSegment, end: number): void {
    this.saved = Math.max(this.saved, end);
    if (frames === 0) return;
    this.options.onSaved(file);
    this.options.say({
      level: 'news',
      text: `saved ${counted(frames, 'frame')}, from frame ${firstPosition} on -> ${file === '-' ? 'stdout' : file}`,
    });
  }

  private nextName(end: number): string {
    const { names, wallUs } = this.options;
    return names.name({ number: this.count++, startUs: wallUs(end) });
  }
}

const LOST = 'what was kept in memory is lost';
