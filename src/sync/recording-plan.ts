import type { RecordingChange } from './recording-change.ts';

/** Frames that are recorded without a pause between them: from index `from` up to, not including, `to`. */
interface Span {
  readonly from: number;
  readonly to: number;
  /** Place of `from` among the recorded frames. */
  readonly position: number;
}

/** Of a pause and a resume at the same index the resume counts: it is applied last. */
const ORDER = { pause: 0, resume: 1, save: 2 } as const;

/**
 * Which frames of the timeline are recorded, and which place each has among them: frame number `position` in the files.
 *
 * The plan follows from the set of changes alone: it is the same on every camera, in whatever order and however often
 * they come in. They are applied by rising index; a pause while paused and a resume while recording change nothing. A
 * save moves no frame.
 *
 * A change that comes in after its frame has passed moves the places of frames already written: whoever writes leaves
 * out a frame whose place is taken, and fills places that got no frame. From then on frames are in their places again.
 */
export class RecordingPlan {
  private readonly changes = new Map<string, RecordingChange>();
  private readonly initial: 'record' | 'pause';
  private spans: readonly Span[];

  /** @param initial whether frame 0 is recorded, as far as no change says otherwise. */
  constructor(initial: 'record' | 'pause' = 'record') {
    this.initial = initial;
    this.spans = this.build();
  }

  /** Takes a change. @returns true where it was not known before. */
  add(change: RecordingChange): boolean {
    const key = `${change.kind} ${change.index}`;
    if (this.changes.has(key)) return false;
    this.changes.set(key, change);
    if (change.kind !== 'save') this.spans = this.build();
    return true;
  }

  /** True where frame `index` is recorded, by what is known now. */
  recorded(index: number): boolean {
    const span = this.spanFrom(index);
    return span !== undefined && index < span.to;
  }

  /** Place of frame `index` among the recorded ones, from 0; undefined where it is not recorded. */
  position(index: number): number | undefined {
    const span = this.spanFrom(index);
    return span !== undefined && index < span.to ? span.position + index - span.from : undefined;
  }

  /** How many recorded frames lie before frame `index`. */
  positionsBefore(index: number): number {
    const span = this.spanFrom(index);
    return span === undefined ? 0 : span.position + Math.min(index, span.to) - span.from;
  }

  /**
   * Index of the recorded frame number `position`; undefined while the recording is paused before it and no resume is
   * known.
   */
  indexAt(position: number): number | undefined {
    const span = this.spans.findLast((candidate) => candidate.position <= position);
    const index = span && span.from + position - span.position;
    return index !== undefined && index < (span as Span).to ? index : undefined;
  }

  /**
   * True where frame number `position` is the first after a pause, and not the first of all: where `--split` begins a
   * new file.
   */
  startsAfterPause(position: number): boolean {
    return position > 0 && this.spans.some((span) => span.position === position);
  }

  /**
   * The index behind the `frames`-th recorded frame, counted from frame `firstIndex` on; undefined as long as it is not
   * known, since the recording is paused before it without a resume. What is known changes with each change: ask again.
   */
  indexEnding(firstIndex: number, frames: number): number | undefined {
    if (frames <= 0) return firstIndex;
    const last = this.indexAt(this.positionsBefore(firstIndex) + frames - 1);
    return last === undefined ? undefined : last + 1;
  }

  /** The last span that begins at or before frame `index`. */
  private spanFrom(index: number): Span | undefined {
    return this.spans.findLast(({ from }) => from <= index);
  }

  private build(): Span[] {
    const spans: Span[] = [];
    let position = 0;
    let from = this.initial === 'record' ? 0 : undefined;
    const close = (to: number) => {
      if (from === undefined) return;
      if (to > from) spans.push({ from, to, position });
      position += to - from;
      from = undefined;
    };
    for (const { kind, index } of [...this.changes.values()].sort(byIndex)) {
      const at = Math.max(0, index);
      if (kind === 'pause') close(at);
      if (kind !== 'resume' || from !== undefined) continue;
      // A pause that leaves out no frame is none.
      const last = spans.at(-1);
      if (last?.to === at) {
        spans.pop();
        position = last.position;
        from = last.from;
      } else from = at;
    }
    close(Number.POSITIVE_INFINITY);
    return spans;
  }
}

const byIndex = (a: RecordingChange, b: RecordingChange): number => a.index - b.index || ORDER[a.kind] - ORDER[b.kind];
