import type { Picture } from '../../camera/picture.ts';
import type { FileTags } from '../../libav/file-tags.ts';
import type { Encoder, EncoderOptions, VideoEncoder } from '../encoder.ts';
import { ReplacedFile } from '../replaced-file.ts';
import type { Capture } from '../true-times.ts';
import type { SegmentNames } from './segment-names.ts';
import type { Segment, SegmentPlan } from './segment-plan.ts';

/** What became of a segment. */
export interface SegmentFile {
  readonly number: number;
  readonly file: string;
  /** The position of the first frame in the file. */
  readonly firstPosition: number;
  /** The slot of that frame: 0, or more where recording began in the middle of a segment. */
  readonly firstSlot: number;
  readonly frames: number;
}

export interface SegmentedOptions {
  readonly backend: Encoder;
  readonly encoder: Omit<EncoderOptions, 'file'>;
  /** What a segment's file says of itself. */
  readonly tags?: (segment: Segment) => FileTags;
  readonly plan: SegmentPlan;
  readonly names: SegmentNames;
  /** Called when a segment has its first frame; and when its file is finished. */
  readonly onBegun?: (segment: SegmentFile) => void;
  readonly onFinished?: (segment: SegmentFile) => void;
}

/** The next segment's encoder is opened this many frames before it begins: one takes a moment to start. */
const OPEN_AHEAD = 30;
/** Segments that may be closing at once; the next one waits for the oldest of them. */
const MOST_CLOSING = 3;

/** A segment's encoder on its file. */
interface Opened {
  readonly segment: Segment;
  readonly file: string;
  readonly encoder: VideoEncoder;
  /** What stood there before, until the segment has a frame. */
  readonly replaced: ReplacedFile;
}

interface Current extends Opened {
  readonly firstPosition: number;
  frames: number;
  /** What stood there before is being removed. */
  dropping?: Promise<void>;
}

/**
 * A recording in segments: a file a segment, each with a new encoder, so that each begins with a keyframe. Slots of a
 * segment count from where it begins. The next segment is opened ahead and the last one closed in the background; what
 * fails there is thrown by the next `write` or `close`. A file that stands in a segment's place is gone with the
 * segment's first frame, and not before.
 */
export class SegmentedEncoder implements VideoEncoder {
  private readonly options: SegmentedOptions;
  private current: Current | undefined;
  private ahead:
    | { readonly segment: Segment; readonly file: string; readonly opening: Promise<Opened | undefined> }
    | undefined;
  /** Files that are being closed, or removed again. */
  private readonly closing = new Map<string, Promise<void>>();
  private failure: unknown;

  private constructor(options: SegmentedOptions) {
    this.options = options;
  }

  /**
   * Opens the first segment's file; it is discarded again if recording begins with another segment.
   * @param position The position that is expected first.
   * @throws UsageError where it can't be had.
   */
  static async open(options: SegmentedOptions, position = 0): Promise<SegmentedEncoder> {
    const encoder = new SegmentedEncoder(options);
    await encoder.openAhead(options.plan.at(position));
    return encoder;
  }

  async write(picture: Picture, position: number, capture?: Capture): Promise<void> {
    this.throwFailure();
    const segment = this.options.plan.at(position);
    const current =
      this.current?.segment.position === segment.position ? this.current : await this.begin(segment, position);
    await current.encoder.write(picture, position - segment.position, capture);
    current.frames++;
    if (current.frames === 1) {
      current.dropping = current.replaced.drop();
      this.options.onBegun?.(report(current));
    }
    this.lookAhead(position);
  }

  /** Segments to come begin with the same preset as this one did: the disk or the host may have better days again. */
  goFaster(): boolean {
    return this.current?.encoder.goFaster?.() ?? false;
  }

  async close(): Promise<void> {
    if (this.ahead) this.discardAhead();
    if (this.current) this.retire(this.current);
    this.current = undefined;
    await Promise.all(this.closing.values());
    this.throwFailure();
  }

  private async begin(segment: Segment, position: number): Promise<Current> {
    if (this.current) this.retire(this.current);
    this.current = undefined;
    if (this.closing.size > MOST_CLOSING) await this.closing.values().next().value;
    const file = this.options.names.name(segment);
    if (this.ahead && this.ahead.file !== file) this.discardAhead();
    const ahead = this.ahead?.opening;
    this.ahead = undefined;
    const opened = (await ahead) ?? (await this.openSegment(segment, file, await this.setAside(file)));
    this.current = { ...opened, segment, firstPosition: position, frames: 0 };
    return this.current;
  }

  private lookAhead(position: number): void {
    const { plan } = this.options;
    const next = plan.next(position);
    if (next === undefined || next - position > OPEN_AHEAD) return;
    // What fails to open shows when the segment is due, if it ever is.
    this.openAhead(plan.at(next))?.catch(() => {});
  }

  private openAhead(segment: Segment): Promise<Opened | undefined> | undefined {
    const { names } = this.options;
    const file = names.name(segment);
    if (this.ahead?.file === file) return undefined;
    if (this.ahead) this.discardAhead();
    // A name that comes round while its file is still written or closed has to wait.
    if (file === this.current?.file || this.closing.has(file)) return undefined;
    const opening = this.openSafely(segment, file);
    this.ahead = { segment, file, opening };
    return opening;
  }

  /** @returns undefined where that would empty a file before there is a frame for it: it is opened when it is due. */
  private async openSafely(segment: Segment, file: string): Promise<Opened | undefined> {
    const replaced = await this.setAside(file);
    return replaced.safe ? this.openSegment(segment, file, replaced) : undefined;
  }

  private async setAside(file: string): Promise<ReplacedFile> {
    await this.closing.get(file);
    return ReplacedFile.setAside(file);
  }

  private async openSegment(segment: Segment, file: string, replaced: ReplacedFile): Promise<Opened> {
    const { backend, encoder, tags } = this.options;
    try {
      const opened = await backend.open({ ...encoder, file, tags: tags?.(segment) ?? encoder.tags });
      return { segment, file, replaced, encoder: opened };
    } catch (error) {
      await replaced.putBack();
      throw error;
    }
  }

  private retire(current: Current): void {
    const finish = async () => {
      if (current.frames === 0) return discard(current);
      await current.encoder.close();
      await current.dropping;
      this.options.onFinished?.(report(current));
    };
    this.track(current.file, finish());
  }

  private discardAhead(): void {
    const ahead = this.ahead;
    this.ahead = undefined;
    if (!ahead) return;
    this.options.names.release(ahead.segment);
    const undo = async () => {
      const opened = await ahead.opening.catch(() => undefined);
      if (opened) await discard(opened);
    };
    this.track(ahead.file, undo());
  }

  private track(file: string, work: Promise<void>): void {
    const done = work
      .catch((error: unknown) => {
        this.failure ??= error;
      })
      .then(() => {
        if (this.closing.get(file) === done) this.closing.delete(file);
      });
    this.closing.set(file, done);
  }

  private throwFailure(): void {
    if (this.failure !== undefined) throw this.failure;
  }
}

/** An encoder without a frame has nothing to lose. */
async function discard({ encoder, replaced }: Opened): Promise<void> {
  await encoder.close().catch(() => {});
  await replaced.putBack();
}

const report = ({ segment, file, firstPosition, frames }: Current): SegmentFile => ({
  number: segment.number,
  file,
  firstPosition,
  firstSlot: firstPosition - segment.position,
  frames,
});
