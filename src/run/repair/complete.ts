import { rm } from 'node:fs/promises';
import { UsageError } from '../../errors.ts';
import { elsewhere, liesOn, partsOf, type Take, type TakeCamera, type TakePart } from '../../record/take.ts';
import { refuseTwice, takePath } from '../../record/take-path.ts';
import { writeWhole } from '../../record/whole-file.ts';
import { writeReason } from '../../record/write-failure.ts';
import { periodUs } from '../../time/frame-rate.ts';
import { finishVideo } from './finish-video.ts';
import { type FoundVideo, lookAt } from './look.ts';
import { FrameRows } from './rows.ts';

/** Told while what was left open of a take is finished. */
export interface CompleteEvents {
  /** A file is being copied or lengthened: frames done, and in all. */
  onProgress?(file: string, done: number, total: number | undefined): void;
  /** What is done or waited for, a line. */
  onNote?(text: string): void;
  /**
   * Ends the work when aborted, once the file in hand is finished: what is done is as a repair that died leaves it, and
   * another one goes on.
   */
  readonly signal?: AbortSignal | undefined;
}

/** What became of a take's files. */
export interface CompletedTake {
  /** With the frames of each file as they are now. */
  readonly cameras: readonly TakeCamera[];
  /** Slots of every camera. */
  readonly frames: number;
  readonly changed: boolean;
  /** What is missing, and what could not be done, a line each. */
  readonly missing: readonly string[];
  /** False where a camera has no file, or one that could not be finished. */
  readonly whole: boolean;
  /** True where a file that something was recorded into can't be read, or lies elsewhere: it may hold frames. */
  readonly unreachable: boolean;
}

/** One file of a camera on its way. */
interface Work {
  readonly part: TakePart;
  readonly found: FoundVideo;
  readonly rows: FrameRows;
}

/**
 * Finishes what was left open of a take: every file plain, with a row a slot beside it, and all cameras up to the same
 * slot. Where a camera has fewer frames than another, repeats of its last one stand for the lost ones: nothing that
 * another camera has is thrown away for it. What is finished already is not touched, so a second time changes nothing.
 * Nor is what stands beside a file that is missing or can't be read. Cameras whose files still lie on other hosts are
 * left as they are, and named.
 * @throws UsageError where there is nothing to read videos with, FailureError where a text file can't be read; nothing
 *   is changed then.
 */
export async function completeTake(folder: string, take: Take, events: CompleteEvents = {}): Promise<CompletedTake> {
  const here = take.cameras.filter((camera) => liesOn(camera) === undefined);
  refuseTwice(here.flatMap((camera) => partsOf(camera).map(({ file }) => takePath(folder, file))));
  const works = new Map<TakeCamera, Work[]>();
  for (const camera of here) works.set(camera, await lookAtCamera(folder, camera, take));
  refuseFarAway([...works.values()].flat(), take);
  const ends = [...works.values()].flatMap((parts) => parts.map(endOf));
  const frames = Math.max(0, ...ends);
  const cameras: TakeCamera[] = [];
  const missing = elsewhere(folder, take);
  let changed = false;
  let whole = here.length === take.cameras.length;
  for (const camera of take.cameras) {
    const parts = works.get(camera);
    if (parts === undefined) {
      cameras.push(camera);
      continue;
    }
    const completion = new CameraCompletion(folder, camera, parts, take, events);
    cameras.push(await completion.run(frames));
    missing.push(...completion.missing);
    changed ||= completion.changed;
    whole &&= completion.whole;
  }
  const unreachable = [...works.values()].some((parts) => parts.some(isGone)) || here.length < take.cameras.length;
  return { cameras, frames, changed, missing, whole, unreachable };
}

async function lookAtCamera(folder: string, camera: TakeCamera, { frameRate }: Take): Promise<Work[]> {
  const works: Work[] = [];
  for (const part of partsOf(camera)) {
    const found = await lookAt(takePath(folder, part.file), frameRate);
    works.push({ part, found, rows: await FrameRows.read(takePath(folder, part.framesCsv), found.frames) });
  }
  return works;
}

/** Repeats are made for what other cameras have: never more than a take of such files can lack. */
function refuseFarAway(works: readonly Work[], { frameRate }: Take): void {
  const held = works.reduce((sum, { found }) => sum + found.frames, 0);
  const most = held + Math.ceil(MOST_HOLE_US / periodUs(frameRate) || 0);
  const far = works.find(({ found }) => (found.firstSlot ?? 0) > most || (found.firstSlot ?? 0) < -most);
  if (far === undefined) return;
  throw new UsageError(
    `${far.part.file}: begins at frame ${far.found.firstSlot}, further away than this take's files can be from each other`,
  );
}

/** An hour. */
const MOST_HOLE_US = 3.6e9;

const endOf = ({ found }: Work): number => (found.firstSlot ?? 0) + found.frames;

/** Something was recorded, and can't be reached: it may be back the next time, so nothing is made of its absence. */
const isGone = ({ found, rows }: Work): boolean =>
  found.kind === 'unusable' || (found.kind === 'absent' && rows.end !== undefined);

/** The same before a file without a frame is removed and after. */
const whyNone = ({ found: { kind, why }, rows }: Work): string | undefined =>
  kind === 'nothing' || (kind === 'absent' && rows.text !== '' && rows.end === undefined)
    ? 'no frame was recorded into it'
    : why;

class CameraCompletion {
  readonly missing: string[] = [];
  changed = false;
  whole = true;
  private readonly folder: string;
  private readonly camera: TakeCamera;
  private readonly works: readonly Work[];
  private readonly take: Take;
  private readonly events: CompleteEvents;
  private lost = 0;
  private captured = 0;
  private repeated = 0;
  private rows = 0;

  constructor(folder: string, camera: TakeCamera, works: readonly Work[], take: Take, events: CompleteEvents) {
    this.folder = folder;
    this.camera = camera;
    this.works = works;
    this.take = take;
    this.events = events;
  }

  /** @param frames Slots that all cameras have. */
  async run(frames: number): Promise<TakeCamera> {
    const last = this.works.findLast((work) => work.found.frames > 0 || isGone(work));
    const parts: TakePart[] = [];
    let at = 0;
    for (const work of this.works) {
      const { part, found } = work;
      if (found.frames > 0) {
        this.miss(at, found.firstSlot ?? 0, 'no file has it', 'no file has them');
        const end = work === last ? Math.max(frames, endOf(work)) : endOf(work);
        const completed = await this.complete(work, end);
        parts.push(completed);
        at = Math.max(at, (completed.firstIndex ?? 0) + (completed.frames ?? 0));
        continue;
      }
      const gone = isGone(work);
      if (gone || last === undefined) this.missing.push(`${this.camera.name}: ${part.file}: ${whyNone(work)}`);
      if (gone) parts.push({ file: part.file, framesCsv: part.framesCsv, frames: 0 });
      else await this.empty(work);
    }
    if (last === undefined || this.works.some(isGone)) this.whole = false;
    if (at < frames) this.lost += frames - at;
    // Rows are written as frames go to the encoder: those behind the last slot were lost with it.
    for (const { rows } of this.works) this.lost += Math.max(0, (rows.end ?? 0) - Math.max(frames, at));
    return this.describe(parts, frames);
  }

  private async complete({ part, found, rows }: Work, end: number): Promise<TakePart> {
    this.events.signal?.throwIfAborted();
    const file = takePath(this.folder, part.file);
    const first = found.firstSlot ?? 0;
    const realEnd = first + found.frames;
    let reached = realEnd;
    if (found.kind === 'open' || end > realEnd) {
      const onProgress = (done: number, total: number): void => this.events.onProgress?.(part.file, done, total);
      try {
        const { frameRate, timestamps } = this.take;
        const trueTimes = timestamps === 'true';
        await finishVideo(file, found, { frameRate, frames: end - first, trueTimes, onProgress });
        this.changed = true;
        reached = end;
      } catch (error) {
        this.whole = false;
        this.missing.push(`${this.camera.name}: ${(error as Error).message}`);
      }
    }
    const rewritten = rows.rewritten(first, realEnd, reached);
    if (rewritten !== undefined) await this.writeRows(part.framesCsv, rewritten);
    const now = rewritten ?? rows;
    for (const [from, to] of now.lost) {
      const many = 'repeats of the frame before stand for them';
      this.miss(from, to, 'a repeat of the frame before stands for it', many);
    }
    this.captured += now.captured;
    this.repeated += now.repeated;
    this.rows += reached - first;
    return { file: part.file, framesCsv: part.framesCsv, firstIndex: first, frames: reached - first };
  }

  /**
   * No frame of it is in a file: nor is a row of it, first of all, since rows without a file stand for one that is
   * elsewhere. A file without a frame plays nowhere: it goes.
   */
  private async empty({ part, found, rows }: Work): Promise<void> {
    const removes = found.kind === 'nothing';
    const rewritten = removes || rows.text !== '' ? rows.rewritten(0, 0, 0) : undefined;
    if (rewritten !== undefined && !(await this.writeRows(part.framesCsv, rewritten))) return;
    if (!removes) return;
    try {
      await rm(takePath(this.folder, part.file));
      this.changed = true;
      this.events.onNote?.(`${this.camera.name}: ${part.file}: ${found.why}: removed`);
    } catch (error) {
      const reason = writeReason(error as NodeJS.ErrnoException);
      this.missing.push(`${this.camera.name}: ${part.file}: can't be removed: ${reason}`);
    }
  }

  /** @returns false where they could not be written. */
  private async writeRows(name: string, rows: FrameRows): Promise<boolean> {
    try {
      await writeWhole(takePath(this.folder, name), rows.text);
      this.changed = true;
      return true;
    } catch (error) {
      this.whole = false;
      this.missing.push(`${this.camera.name}: ${(error as Error).message}`);
      return false;
    }
  }

  private miss(from: number, to: number, one: string, many: string): void {
    if (to <= from) return;
    this.lost += to - from;
    const which = to - from === 1 ? `frame ${from} is lost: ${one}` : `frames ${from} to ${to - 1} are lost: ${many}`;
    this.missing.push(`${this.camera.name}: ${which}`);
  }

  private describe(parts: readonly TakePart[], frames: number): TakeCamera {
    const { files: _, lost: __, ...camera } = this.camera;
    const lost = this.allLost();
    const named = {
      ...camera,
      ...(parts[0] && { file: parts[0].file, framesCsv: parts[0].framesCsv }),
      ...(parts.length > 1 && { files: parts }),
    };
    const firstIndex = parts.find((part) => part.frames !== 0)?.firstIndex;
    if (firstIndex === undefined) return { ...named, frames: 0, captured: 0, repeated: 0, lost };
    return {
      ...named,
      firstIndex,
      frames: parts.length > 1 && parts.at(-1)?.frames !== 0 ? frames - firstIndex : this.rows,
      captured: this.captured,
      repeated: this.repeated,
      ...((lost > 0 || this.camera.lost !== undefined) && { lost }),
    };
  }

  /**
   * Of what was lost behind the last slot no file tells once it is repaired: `take.json` does, unless its word was of
   * files that were missing.
   */
  private allLost(): number {
    const { lost = 0, frames } = this.camera;
    const fresh = this.take.state === 'recording' || (frames === 0 && this.rows > 0);
    return fresh ? this.lost : Math.max(this.lost, lost);
  }
}
