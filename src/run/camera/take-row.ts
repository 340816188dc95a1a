import type { CapturedFrame } from '../../camera/camera.ts';
import { CameraTake, type OpenCamera } from './camera-take.ts';
import type { TakeEnd, TakeOrder } from './ipc.ts';
import type { Line } from './notices.ts';
import type { RoleFrame } from './role.ts';
import type { CameraRunOptions } from './run-options.ts';
import type { CameraResult } from './snapshot.ts';
import { failedBy } from './supervised.ts';

/** The camera that stays open, as its takes see it. */
export interface RowCamera extends Omit<OpenCamera, 'onEnd'> {
  /** What the camera is, and its clock. */
  about(): Pick<CameraResult, 'info' | 'clock'>;
  /** A take is over, its files are closed, and this came of it. */
  onRecorded(take: number, end: TakeEnd): void;
}

/** A take that was ordered. */
interface Row {
  readonly order: TakeOrder;
  /** Ends it: its frames are as many as it wants, or something failed. */
  readonly over: (error?: Error) => void;
  /** Before which of its frames it is to end, where it was asked to before its files were prepared. */
  endBefore?: number;
  interrupted: boolean;
  take?: CameraTake;
}

/**
 * The takes that one camera records one after the other while it stays open. The files of one are closed while the next
 * one's frames come in already, and the next may be ordered while the last frames of one are still to come.
 */
export class TakeRow {
  private readonly options: CameraRunOptions;
  private readonly frameUs: number;
  private readonly camera: RowCamera;
  /** Those that frames go to, in order. */
  private rows: readonly Row[] = [];
  private readonly working = new Set<Promise<void>>();
  /** The last frame's place on the timeline. */
  private place: number | undefined;

  /** @param frameUs Nominal duration of a frame. */
  constructor(options: CameraRunOptions, frameUs: number, camera: RowCamera) {
    this.options = options;
    this.frameUs = frameUs;
    this.camera = camera;
  }

  /** The take that records, or is about to; undefined between takes, and until its files are prepared. */
  get take(): CameraTake | undefined {
    return this.rows[0]?.take;
  }

  /** What was ordered of it. */
  get order(): TakeOrder | undefined {
    return this.rows[0]?.order;
  }

  /** Records a take. */
  begin(order: TakeOrder): void {
    let over: Row['over'] = () => {};
    const ended = new Promise<void>((resolve, reject) => {
      over = (error) => (error === undefined ? resolve() : reject(error));
    });
    ended.catch(() => {});
    const row: Row = { order, over, interrupted: false };
    this.rows = [...this.rows, row];
    const work = this.record(row, ended).then((end) => {
      this.camera.onRecorded(order.number, end);
      this.working.delete(work);
    });
    this.working.add(work);
  }

  /** A frame of the camera. */
  frame(frame: CapturedFrame, step: RoleFrame, wallUs: number, steered: boolean): void {
    this.place = step.index;
    for (const { take } of this.rows) take?.frame(frame, step, wallUs, steered);
  }

  /** Ends the take of this number before its frame `index`, or with the last frame taken. */
  end(number: number, index = 0): void {
    const row = this.rows.find(({ order }) => order.number === number);
    if (row === undefined) return;
    row.interrupted = true;
    row.take?.leave();
    const next = this.place === undefined ? 0 : this.place + 1 - row.order.from;
    const before = Math.max(next, index, 0);
    row.endBefore = Math.min(row.endBefore ?? before, before);
    if (row.take?.endBefore(before) === true || before === 0) this.over(row);
  }

  /** Says a line of the take that records, or of none. */
  line(line: Line): void {
    if (this.take === undefined) this.camera.onLine(line);
    else this.take.line(line);
  }

  /**
   * Nobody can end a take any more: one without an end gets one.
   * @param last before which frame, where a frame is the next.
   * @returns when all takes are finished.
   */
  async orphan(last: (next: number) => number): Promise<void> {
    for (const { order } of this.rows) {
      const next = this.place === undefined ? 0 : Math.max(0, this.place + 1 - order.from);
      if (order.frames === undefined) this.end(order.number, last(next));
    }
    await Promise.all(this.working);
  }

  /** The camera ends, and so do its takes. @param error Why, where it failed. */
  async close(error?: Error): Promise<void> {
    for (const row of this.rows) {
      row.interrupted = true;
      this.over(row, error);
    }
    await Promise.all(this.working);
  }

  /** Frames go to it no more. */
  private over(row: Row, error?: Error): void {
    this.rows = this.rows.filter((each) => each !== row);
    row.over(error);
  }

  private async record(row: Row, ended: Promise<void>): Promise<TakeEnd> {
    const failures: unknown[] = [];
    try {
      const take = await this.prepare(row);
      row.take = take;
      if (row.endBefore !== undefined) take.endBefore(row.endBefore);
      // An encoder takes a moment to open: now, so that the first frame finds it ready.
      if (row.endBefore !== 0) void take.open(row.order.start.wallUs);
      await ended;
    } catch (error) {
      failures.push(error);
    }
    this.over(row);
    await row.take?.finish(row.interrupted).catch((error: unknown) => failures.push(error));
    if (failures.length > 0 || row.take === undefined) return { ok: false, ...failedBy(failures[0]) };
    return { ok: true, result: { ...this.camera.about(), ...row.take.result(row.interrupted) } };
  }

  private prepare(row: Row): Promise<CameraTake> {
    const { options, camera } = this;
    const { name, video, framesCsv, from, start, frames, join = false } = row.order;
    const files = { ...options.files, video: { ...options.files.video, file: video }, framesCsv };
    const length = join ? { frames: undefined, endFrame: frames } : { frames, endFrame: undefined };
    return CameraTake.prepare(
      { ...options, countPauses: false, ...length, joinLocked: join, files, name, from, start },
      this.frameUs,
      {
        model: () => camera.model(),
        counts: () => camera.counts(),
        onLine: (line) => camera.onLine(line),
        onEnd: (error) => this.over(row, error),
      },
    );
  }
}
