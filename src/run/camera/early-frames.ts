import type { CapturedFrame } from '../../camera/camera.ts';
import type { RecordedFrame } from './run-files.ts';

/** A frame that can't be recorded yet. */
export interface EarlyFrame {
  readonly frame: CapturedFrame;
  /** Its index on the timeline; undefined where nobody has said yet which frame is frame 0. */
  readonly index: number | undefined;
  /** Wall clock at its slot, in us. */
  readonly slotUs: number;
  readonly row: () => RecordedFrame;
}

type Numbered = EarlyFrame & { readonly index: number };

/**
 * The last frames before a recording can take any: a busy camera may hear of the beginning when that has passed, or
 * have its files open a moment late. Frames of the recording among them are recorded then.
 */
export class EarlyFrames {
  private readonly most: number;
  private readonly frameUs: number;
  /** As long as nobody said which is which. */
  private unnumbered: EarlyFrame[] = [];
  /** The last one before frame 0. */
  private before: CapturedFrame | undefined;
  private numbered: Numbered[] = [];

  /**
   * @param most so many are kept.
   * @param frameUs nominal duration of a frame, in us.
   */
  constructor(most: number, frameUs: number) {
    this.most = most;
    this.frameUs = frameUs;
  }

  add(early: EarlyFrame): void {
    const { index } = early;
    if (index === undefined) {
      this.unnumbered.push(early);
      if (this.unnumbered.length > this.most) this.unnumbered.shift();
      return;
    }
    this.number(index, early.slotUs);
    this.keep({ ...early, index });
  }

  clear(): void {
    this.unnumbered = [];
    this.numbered = [];
    this.before = undefined;
  }

  /**
   * Gives up all of them, numbered from a frame whose index is known.
   * @returns those of the recording, in order, and the one before them.
   */
  take(index: number, slotUs: number): { before: CapturedFrame | undefined; frames: readonly Numbered[] } {
    this.number(index, slotUs);
    const { before, numbered: frames } = this;
    this.clear();
    return { before, frames };
  }

  private number(index: number, slotUs: number): void {
    const frames = this.unnumbered;
    this.unnumbered = [];
    for (const early of frames) {
      this.keep({ ...early, index: index - Math.round((slotUs - early.slotUs) / this.frameUs) });
    }
  }

  private keep(early: Numbered): void {
    if (early.index < 0) this.before = early.frame;
    else if (this.numbered.length < this.most) this.numbered.push(early);
  }
}
