import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { partsOf, type Take, type TakeCamera, type TakePart } from '../../record/take.ts';
import { moveInPlace, PART } from '../../record/whole-file.ts';
import { finishVideo } from './finish-video.ts';
import { type FoundVideo, lookAt } from './look.ts';
import { FrameRows } from './rows.ts';

export interface CompleteEvents {
  /** A file is being copied or lengthened: frames done, and in all. */
  onProgress?(file: string, done: number, total: number | undefined): void;
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
}

/** One file of a camera on its way. */
interface Work {
  readonly part: TakePart;
  readonly found: FoundVideo;
  readonly rows: FrameRows;
}

/**
 * Finishes what was left open of a take: every file plain, with a row a slot beside it, and all cameras up to the same slot. Where a camera has fewer
 * frames than another, repeats of its last one stand for the lost ones: nothing that another camera has is thrown away for it.
 * What is finished already is not touched, so a second time changes nothing.
 */
export async function completeTake(folder: string, take: Take, events: CompleteEvents = {}): Promise<CompletedTake> {
  const works = new Map<TakeCamera, Work[]>();
  for (const camera of take.cameras) works.set(camera, await lookAtCamera(folder, camera, take));
  const ends = [...works.values()].flatMap((parts) => parts.map(endOf));
  const frames = Math.max(0, ...ends);
  const cameras: TakeCamera[] = [];
  const missing: string[] = [];
  let changed = false;
  let whole = true;
  for (const [camera, parts] of works) {
    const completion = new CameraCompletion(folder, camera, parts, take, events);
    cameras.push(await completion.run(frames));
    missing.push(...completion.missing);
    changed ||= completion.changed;
    whole &&= completion.whole;
  }
  return { cameras, frames, changed, missing, whole };
}

async function lookAtCamera(folder: string, camera: TakeCamera, { frameRate }: Take): Promise<Work[]> {
  const works: Work[] = [];
  for (const part of partsOf(camera)) {
    const found = await lookAt(join(folder, part.file), frameRate);
    works.push({ part, found, rows: await FrameRows.read(join(folder, part.framesCsv)) });
  }
  return works;
}

const endOf = ({ found }: Work): number => (found.firstSlot ?? 0) + found.frames;

class CameraCompletion {
  readonly missing: string[] = [];
  changed = false;
  whole = true;
  readonly #folder: string;
  readonly #camera: TakeCamera;
  readonly #works: readonly Work[];
  readonly #take: Take;
  readonly #events: CompleteEvents;
  #lost = 0;
  #captured = 0;
  #repeated = 0;
  #rows = 0;

  constructor(folder: string, camera: TakeCamera, works: readonly Work[], take: Take, events: CompleteEvents) {
    this.#folder = folder;
    this.#camera = camera;
    this.#works = works;
    this.#take = take;
    this.#events = events;
  }

  /** @param frames Slots that all cameras have. */
  async run(frames: number): Promise<TakeCamera> {
    const recorded = this.#works.filter(({ found }) => found.frames > 0);
    const last = recorded.at(-1);
    const parts: TakePart[] = [];
    let at = 0;
    for (const work of recorded) {
      const first = work.found.firstSlot ?? 0;
      this.#miss(at, first, 'no file has them');
      const end = work === last ? Math.max(frames, endOf(work)) : endOf(work);
      parts.push(await this.#complete(work, end));
      at = Math.max(at, end);
    }
    for (const { part, found, rows } of this.#works) {
      if (found.frames > 0) continue;
      const rewritten = rows.rewritten(0, 0, 0);
      if (rewritten !== undefined && rows.text !== '') await this.#writeRows(part.framesCsv, rewritten);
      if (recorded.length === 0) this.missing.push(`${this.#camera.name}: ${part.file}: ${found.why}`);
    }
    if (last === undefined) {
      this.whole = false;
      this.#lost = frames;
    }
    // Rows are written as frames go to the encoder: those behind the last slot were lost with it.
    for (const { rows } of this.#works) this.#lost += Math.max(0, (rows.end ?? 0) - Math.max(frames, at));
    return this.#describe(parts, frames);
  }

  async #complete({ part, found, rows }: Work, end: number): Promise<TakePart> {
    const file = join(this.#folder, part.file);
    const first = found.firstSlot ?? 0;
    const realEnd = first + found.frames;
    let reached = realEnd;
    if (found.kind === 'open' || end > realEnd) {
      const onProgress = (done: number, total: number): void => this.#events.onProgress?.(part.file, done, total);
      try {
        await finishVideo(file, found, { frameRate: this.#take.frameRate, frames: end - first, onProgress });
        this.changed = true;
        reached = end;
        this.#name(realEnd, end, 'repeats of the frame before stand for them');
      } catch (error) {
        this.whole = false;
        this.missing.push(`${this.#camera.name}: ${(error as Error).message}`);
      }
    }
    const rewritten = rows.rewritten(first, realEnd, reached);
    if (rewritten !== undefined) await this.#writeRows(part.framesCsv, rewritten);
    const now = rewritten ?? rows;
    this.#lost += now.lost;
    this.#captured += now.captured;
    this.#repeated += now.repeated;
    this.#rows += reached - first;
    return { file: part.file, framesCsv: part.framesCsv, firstIndex: first, frames: reached - first };
  }

  async #writeRows(name: string, rows: FrameRows): Promise<void> {
    const file = join(this.#folder, name);
    try {
      await writeFile(`${file}${PART}`, rows.text);
      await moveInPlace(`${file}${PART}`, file);
      this.changed = true;
    } catch (error) {
      this.whole = false;
      this.missing.push(`${this.#camera.name}: ${name} can't be written: ${(error as Error).message}`);
    }
  }

  #miss(from: number, to: number, how: string): void {
    if (to <= from) return;
    this.#lost += to - from;
    this.#name(from, to, how);
  }

  #name(from: number, to: number, how: string): void {
    if (to <= from) return;
    const which = to - from === 1 ? `frame ${from} is` : `frames ${from} to ${to - 1} are`;
    this.missing.push(`${this.#camera.name}: ${which} lost: ${how}`);
  }

  #describe(parts: readonly TakePart[], frames: number): TakeCamera {
    const { files: _, ...camera } = this.#camera;
    const [first] = parts;
    // Of what was lost behind the last slot no file tells once it is repaired.
    const lost = this.#take.state === 'recording' ? this.#lost : Math.max(this.#lost, camera.lost ?? 0);
    if (first === undefined) return { ...camera, frames: 0, captured: 0, repeated: 0, lost };
    return {
      ...camera,
      file: first.file,
      framesCsv: first.framesCsv,
      ...(parts.length > 1 && { files: parts }),
      firstIndex: first.firstIndex ?? 0,
      frames: parts.length > 1 ? frames - (first.firstIndex ?? 0) : this.#rows,
      captured: this.#captured,
      repeated: this.#repeated,
      lost,
    };
  }
}
