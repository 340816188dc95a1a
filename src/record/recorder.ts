import type { Picture } from '../camera/picture.ts';
import { pictureBytes } from '../camera/picture.ts';
import { FailureError } from '../errors.ts';
import type { VideoEncoder } from './encoder.ts';
import { OVERLOADED, type Overload, REMEDIES } from './overload.ts';
import type { FrameRow, SlotRecord } from './slot-record.ts';
import type { Capture } from './true-times.ts';

/** Pictures that wait for the encoder take so much memory at most... */
const QUEUE_BYTES = 64 * 2 ** 20;
/** ...but are no fewer than this, and no more: 2 s at 30 fps, longer than a memory card usually stops to tidy up. */
const FEWEST_QUEUED = 12;
const MOST_QUEUED = 60;

/** How many pictures wait for the encoder at most: 60 at 640x480, 48 at 1280x720, 21 at 1920x1080, 12 at 3840x2160. */
export const queueFramesFor = (width: number, height: number): number =>
  Math.max(FEWEST_QUEUED, Math.min(MOST_QUEUED, Math.floor(QUEUE_BYTES / pictureBytes(width, height))));

/** A picture, or what makes it when it is known to be needed. */
export type PictureSource = Picture | (() => Picture);

export interface RecorderOptions<Row> {
  readonly width: number;
  readonly height: number;
  /** Default `queueFramesFor` its size. */
  readonly queueFrames?: number;
  /** When a frame was captured, by its row: for encoders that write it down. */
  readonly captureOf?: (row: Row) => Capture;
  /**
   * Where the encoder can't keep up: `drop` (default) leaves frames out, slot by slot; `faster` has it take less care
   * first, once half of the queue is full; `fail` ends the recording at the first frame that would be left out.
   */
  readonly onOverload?: Overload;
  /** Called once, when the first frame is left out; and when the encoder was made to go faster. */
  readonly onBehind?: (what: 'dropping' | 'faster', slot: number) => void;
  /** Called once a slot, in the order of the slots, when its picture is with the encoder. */
  readonly onSlot?: (record: SlotRecord<Row>) => void;
  /** Called once, when the encoder fails; nothing is recorded from then on. `finish` throws the same. */
  readonly onError?: (error: Error) => void;
}

/** What a recorder has done so far. */
export interface RecorderSummary {
  /** The first slot of the file, and the slot behind its last. */
  readonly firstSlot: number;
  readonly endSlot: number;
  /** Frames in the file: `captured + repeated`. */
  readonly frames: number;
  readonly captured: number;
  readonly repeated: number;
  /** Of the repeated: slots before anything was captured, which show black. */
  readonly blank: number;
  /** Frames that found the queue full (or the encoder failed); their slots are repeats. */
  readonly dropped: number;
  /** Frames for a slot that was already filled, or that lies before the first. */
  readonly late: number;
  /** Pictures that wait now, and that ever waited at once. */
  readonly queued: number;
  readonly deepestQueue: number;
}

/** Slots `from` to `to`, both included, that show one picture. */
interface Entry<Row> {
  readonly from: number;
  to: number;
  readonly picture: Picture;
  readonly blank: boolean;
  /** Present where the picture was captured for slot `from` (which is `to`). */
  readonly captured?: { readonly row: Row };
}

/**
 * Frames with slots in, a file without holes out: a slot for which no frame came shows the frame before it. Between the
 * camera and the encoder stands a bounded queue; what does not fit is dropped and counted, so that nobody waits for the
 * encoder.
 */
export class Recorder<Row = FrameRow> {
  private readonly encoder: VideoEncoder;
  private readonly options: RecorderOptions<Row>;
  private readonly capacity: number;
  private queue: Entry<Row>[] = [];
  /** The entry that is with the encoder; no longer in the queue. */
  private current: Entry<Row> | undefined;
  /** Captured pictures in the queue and with the encoder. */
  private waiting = 0;
  private draining: Promise<void> | undefined;
  private finishing: Promise<RecorderSummary> | undefined;
  private failure: Error | undefined;
  private hurried = false;
  private before: PictureSource | undefined;
  private blank = true;
  private firstSlot = 0;
  /** The first slot that nothing is queued for, and the first that is not in the file. */
  private nextSlot = 0;
  private writtenEnd = 0;
  /** Slots whose frame found no room, as long as they are not in the file. */
  private readonly droppedSlots = new Set<number>();
  private readonly counts = { captured: 0, repeated: 0, blank: 0, dropped: 0, late: 0, deepestQueue: 0 };

  constructor(encoder: VideoEncoder, options: RecorderOptions<Row>) {
    this.encoder = encoder;
    this.options = options;
    this.capacity = options.queueFrames ?? queueFramesFor(options.width, options.height);
    if (!(this.capacity >= 1)) throw new RangeError(`queueFrames: ${this.capacity} must be at least 1`);
  }

  /**
   * Names the file's first slot (default 0); before the first `offer`.
   * @param preroll The frame before the first slot: what the first slots show if no frame comes for them. Without it
   *   they are black.
   */
  start(firstSlot: number, preroll?: PictureSource): void {
    if (!Number.isSafeInteger(firstSlot) || firstSlot < 0)
      throw new RangeError(`firstSlot: ${firstSlot} is no frame index`);
    this.firstSlot = firstSlot;
    this.nextSlot = firstSlot;
    this.writtenEnd = firstSlot;
    this.before = preroll;
    this.blank = preroll === undefined;
  }

  /**
   * Takes the frame for a slot and returns at once. A picture that is still to be made is made here, if there is room
   * for it.
   * @param slot The frame's index on the timeline. Slots that were left out become repeats.
   * @returns `queued`; `dropped` where the queue is full or the encoder has failed; `late` for a slot that is already
   *   filled; `ended` after `finish`.
   */
  offer(slot: number, picture: PictureSource, row: Row): 'queued' | 'dropped' | 'late' | 'ended' {
    if (this.finishing) return 'ended';
    if (!Number.isSafeInteger(slot)) throw new RangeError(`slot: ${slot} is no frame index`);
    if (slot < this.nextSlot) {
      this.counts.late++;
      return 'late';
    }
    if (this.failure || this.waiting >= this.capacity) {
      this.leaveOut(slot);
      return 'dropped';
    }
    const made = make(picture);
    this.repeatUntil(slot);
    this.queue.push({ from: slot, to: slot, picture: made, blank: false, captured: { row } });
    this.waiting++;
    this.counts.deepestQueue = Math.max(this.counts.deepestQueue, this.waiting);
    if (this.waiting * 2 > this.capacity) this.hurry(slot);
    this.nextSlot = slot + 1;
    this.before = made;
    this.blank = false;
    this.pump();
    return 'queued';
  }

  /**
   * No frame comes any more for the slots before `endSlot`: those that have none yet are filled now, not when a later
   * frame comes.
   */
  fill(endSlot: number): void {
    if (this.finishing || this.failure) return;
    this.repeatUntil(endSlot);
    this.pump();
  }

  /** A snapshot of what was done so far. */
  summary(): RecorderSummary {
    const { captured, repeated } = this.counts;
    const [firstSlot, endSlot] = [this.firstSlot, this.writtenEnd];
    return { firstSlot, endSlot, frames: captured + repeated, ...this.counts, queued: this.waiting };
  }

  /**
   * Ends the file at a slot: slots up to it are filled, those behind it left out (unless they are already with the
   * encoder). Resolves when the file is closed. Throws what the encoder failed with.
   * @param endSlot The slot behind the last.
   */
  finish(endSlot: number): Promise<RecorderSummary> {
    this.finishing ??= this.finishOnce(endSlot);
    return this.finishing;
  }

  private async finishOnce(endSlot: number): Promise<RecorderSummary> {
    if (!this.failure) {
      this.leaveOutFrom(endSlot);
      this.repeatUntil(endSlot);
      this.pump();
    }
    await this.draining;
    const failed = this.failure;
    await this.encoder.close().catch((error: unknown) => this.fail(error));
    if (failed) throw failed;
    if (this.failure) throw this.failure;
    return this.summary();
  }

  private leaveOut(slot: number): void {
    const first = this.counts.dropped === 0 && !this.failure;
    this.counts.dropped++;
    this.droppedSlots.add(slot);
    if (!first) return;
    if (this.options.onOverload === 'fail') {
      this.fail(new FailureError(`${OVERLOADED}: no room for frame ${slot}; ${REMEDIES}`));
    } else this.options.onBehind?.('dropping', slot);
  }

  private hurry(slot: number): void {
    if (this.options.onOverload !== 'faster' || this.hurried) return;
    this.hurried = true;
    if (this.encoder.goFaster?.()) this.options.onBehind?.('faster', slot);
  }

  private leaveOutFrom(endSlot: number): void {
    const kept = this.queue.filter((entry) => entry.from < endSlot);
    this.waiting -= this.queue.filter((entry) => entry.captured && entry.from >= endSlot).length;
    this.queue = kept;
    const last = kept.at(-1) ?? this.current;
    if (last) last.to = Math.min(last.to, endSlot - 1);
  }

  /** Fills the slots before `slot` with the frame before them. */
  private repeatUntil(slot: number): void {
    if (slot <= this.nextSlot) return;
    this.before ??= black(this.options.width, this.options.height);
    const picture = make(this.before);
    this.before = picture;
    this.queue.push({ from: this.nextSlot, to: slot - 1, picture, blank: this.blank });
    this.nextSlot = slot;
  }

  private pump(): void {
    if (!this.current && this.queue.length > 0) this.draining = this.drain();
  }

  private async drain(): Promise<void> {
    for (let entry = this.queue.shift(); entry; entry = this.queue.shift()) {
      this.current = entry;
      try {
        for (let slot = entry.from; slot <= entry.to; slot++) {
          await this.encoder.write(entry.picture, slot, this.captureOf(entry));
          this.written(slot, entry);
        }
      } catch (error) {
        this.fail(error);
      }
      if (entry.captured && !this.failure) this.waiting--;
      this.current = undefined;
    }
  }

  private captureOf({ captured }: Entry<Row>): Capture | undefined {
    return captured && this.options.captureOf?.(captured.row);
  }

  private written(slot: number, { captured, blank }: Entry<Row>): void {
    this.writtenEnd = slot + 1;
    if (captured) this.counts.captured++;
    else this.counts.repeated++;
    if (blank) this.counts.blank++;
    const cause = captured ? undefined : this.droppedSlots.delete(slot) ? 'overload' : 'missed';
    this.options.onSlot?.({ slot, state: captured ? 'captured' : 'repeated', cause, row: captured?.row });
  }

  private fail(error: unknown): void {
    if (this.failure) return;
    this.failure = error instanceof Error ? error : new Error(String(error));
    this.queue = [];
    this.waiting = 0;
    this.options.onError?.(this.failure);
  }
}

const make = (source: PictureSource): Picture => (typeof source === 'function' ? source() : source);

/** Black in limited range: Y 16, U and V 128. */
function black(width: number, height: number): Picture {
  const data = new Uint8Array(pictureBytes(width, height)).fill(128);
  data.fill(16, 0, width * height);
  return { width, height, data };
}
