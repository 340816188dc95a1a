import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../errors.ts';
import type { Take } from '../../record/take.ts';
import { framesPerSecond } from '../../time/frame-rate.ts';
import type { TimelineStart } from '../../time/timecode.ts';
import type { Line } from '../camera/notices.ts';
import type { CameraSnapshot } from '../camera/snapshot.ts';
import { nameOf, takeName } from '../files/folder.ts';
import type { TakeOptions } from '../plan/options.ts';
import type { TakeEvents } from '../take/events.ts';
import { matchExposure } from '../take/match-exposure.ts';
import type { TakeResult } from '../take/result.ts';
import { describeSoftware } from '../take/software.ts';
import { TakeRecord } from '../take/take-record.ts';
import { CameraInTake } from './camera-in-take.ts';
import { SessionCameras } from './session-cameras.ts';
import { SessionTake } from './session-take.ts';

/**
 * From the order of a take to its frame 0, in ms: cameras hear of it over their channels, and open their encoders. As
 * long as a take that is stopped goes on (`Stopping`).
 */
const LEAD_MS = 400;

/** What is asked of one take of a session. */
export interface SessionTakeAsked {
  /** What it is called: stands behind its start in the folder's name. Letters, digits, `-` and `_`. */
  readonly name?: string | undefined;
  /** A note on it, for `take.json`. */
  readonly note?: string | undefined;
}

/** Who hears of a session while it runs. */
export interface SessionEvents {
  onSnapshots?(snapshots: readonly CameraSnapshot[]): void;
  onLine?(name: string, line: Line): void;
  /** What the session as a whole does, a line. */
  onNote?(text: string): void;
}

/** A take that was begun. */
export interface BegunTake {
  readonly folder: string;
  /** Resolves when it has its first frame, or is over without any. */
  readonly begun: Promise<void>;
  /** Resolves when the cameras are done with it. */
  readonly over: Promise<void>;
  /** What came of it, once it is finished and proved. */
  readonly result: Promise<TakeResult>;
  /** Ends it: all cameras before the same frame. */
  stop(): void;
}

/**
 * Takes in a row: the cameras stay open and in step between them, and each take is finished and proved while the next
 * may begin already. A take is a part of the timeline, which runs on.
 */
export class SessionRun {
  /** Resolves when the session is over, with the reason where nobody asked for it. */
  readonly over: Promise<Error | undefined>;
  private readonly options: TakeOptions;
  private readonly takes: string;
  private readonly events: SessionEvents;
  private cameras: SessionCameras | undefined;
  private readonly begun = new Set<SessionTake>();
  private latest: SessionTake | undefined;
  private number = 0;
  /** Takes are proved one after the other. */
  private proofs: Promise<unknown> = Promise.resolve();
  private software: Take['software'];
  /** What all cameras were set to, where that was measured. */
  private exposure: Partial<TakeOptions> | undefined;
  private readonly giveUp = new AbortController();
  private closing: Promise<void> | undefined;
  private failure: Error | undefined;
  private ended: (error?: Error) => void = () => {};

  /** @param takes the folder that takes are made in, each in one of its own. */
  constructor(options: TakeOptions, takes: string, events: SessionEvents = {}) {
    this.options = options;
    this.takes = takes;
    this.events = events;
    this.over = new Promise((resolve) => {
      this.ended = resolve;
    });
  }

  /**
   * Opens the cameras and waits until all are in step: then a take may begin.
   * @throws UsageError where takes can't be written, or a camera can't do what was asked for, FailureError where one
   *   fails, or is not in step in time.
   */
  async open(): Promise<void> {
    try {
      await this.tryFolder();
      await this.match();
      this.cameras = new SessionCameras(this.takeOptions, {
        onSnapshots: (snapshots) => this.look(snapshots),
        onLine: (name, line) => {
          for (const take of this.begun) take.heard(name, line);
          this.events.onLine?.(name, line);
        },
        onNote: (text) => this.note(text),
        onLost: (error) => {
          this.failure = error;
          void this.close();
        },
      });
      await this.cameras.open();
      this.software = await describeSoftware(this.options.encoder);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** True where a take records, or is about to. */
  get records(): boolean {
    return this.latest?.records === true;
  }

  /**
   * Begins a take, as soon as all cameras are in step: at once, unless one was just started again.
   * @throws UsageError where a take records, or its folder can't be made; FailureError where the session is over.
   */
  async begin(asked: SessionTakeAsked = {}, events: TakeEvents = {}): Promise<BegunTake> {
    const { cameras } = this;
    if (this.records) throw new UsageError('a take is being recorded: end it before the next begins');
    if (cameras === undefined || this.closing !== undefined) throw new UsageError('the session is not open');
    const { name, note = this.options.note } = asked;
    const options = { ...this.takeOptions, folder: this.newFolder(name), name, note };
    const place: { from: number; start?: TimelineStart } = { from: 0 };
    const take = new SessionTake(
      options,
      {
        leadFrames: this.leadFrames,
        order: this.orders(cameras, options, ++this.number, place),
        alive: (camera) => cameras.at(camera).end === undefined,
        indexNow: () => cameras.placeNow && cameras.placeNow - place.from,
        readyTimeUs: () => place.start?.wallUs,
        otherServer: () => cameras.otherServer,
      },
      { onNote: (text) => this.note(text), ...events },
    );
    take.record.software = this.software;
    take.record.exposureMatched = this.exposure !== undefined;
    this.latest = take;
    try {
      await take.record.prepare();
      try {
        await take.record.begin();
        await cameras.inStep();
        if (this.closing !== undefined) throw new UsageError('the session is over: no take was begun');
      } catch (error) {
        await take.record.unmake();
        throw error;
      }
    } catch (error) {
      this.latest = undefined;
      throw error;
    }
    place.from = Math.max(0, (cameras.placeNow ?? 0) + this.leadFrames);
    place.start = cameras.startAt(place.from);
    this.begun.add(take);
    take.begin();
    const result = take.over.then(() => this.finish(take));
    // Who does not ask for it hears of it all the same, by `over` and `close`.
    result.catch(() => {});
    return { folder: options.folder, begun: take.begun, over: take.over, result, stop: () => take.stop() };
  }

  /** Ends the take that records, lets the cameras go, and waits until all takes are proved. Again does no harm. */
  close(): Promise<void> {
    this.closing ??= this.closeAll();
    return this.closing;
  }

  /** A place that can hold no take is refused before a camera is opened. */
  private async tryFolder(): Promise<void> {
    const options = { ...this.options, folder: this.newFolder(this.options.name) };
    const source = { cameras: () => [], readyTimeUs: () => undefined, otherServer: () => undefined };
    const record = new TakeRecord(options, source, { onNote: (text) => this.note(text) });
    await record.prepare();
    await record.unmake();
  }

  private async match(): Promise<void> {
    const { options } = this;
    if (!options.matchExposure) return;
    const folder = await mkdtemp(join(tmpdir(), 'genlock-'));
    const note = (text: string): void => this.note(text);
    try {
      this.exposure = await matchExposure({ ...options, folder }, undefined, note, this.giveUp.signal);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  private get takeOptions(): TakeOptions {
    return { ...this.options, ...this.exposure };
  }

  private look(snapshots: readonly CameraSnapshot[]): void {
    for (const take of this.begun) take.look();
    this.events.onSnapshots?.(snapshots);
  }

  /** How a camera of a take is told to record it. */
  private orders(
    cameras: SessionCameras,
    { folder, names, format, frames }: TakeOptions,
    number: number,
    place: { readonly from: number; readonly start?: TimelineStart },
  ) {
    return (camera: number, run: number): CameraInTake => {
      const base = run === 0 ? (names[camera] as string) : `${names[camera]}-${run + 1}`;
      const part = { file: `${base}.${format}`, framesCsv: `${base}.frames.csv` };
      const order = {
        ...{ number, name: nameOf(folder), from: place.from, frames, join: run > 0 },
        ...{ video: join(folder, part.file), framesCsv: join(folder, part.framesCsv) },
        start: place.start ?? cameras.startAt(place.from),
      };
      return new CameraInTake(cameras.at(camera).process, order, part);
    };
  }

  private finish(take: SessionTake): Promise<TakeResult> {
    this.begun.delete(take);
    const result = this.proofs.then(() => take.finish());
    this.proofs = result.catch(() => {});
    return result;
  }

  private async closeAll(): Promise<void> {
    this.giveUp.abort();
    this.latest?.stop();
    await Promise.all([...this.begun].map(({ over }) => over));
    await this.cameras?.close();
    await this.proofs;
    this.ended(this.failure);
  }

  private get leadFrames(): number {
    return Math.max(2, Math.ceil((LEAD_MS / 1000) * framesPerSecond(this.options.frameRate)));
  }

  /** Takes that begin in the same second have the same start in their names. */
  private newFolder(name: string | undefined): string {
    const folder = join(this.takes, takeName(new Date(), name));
    for (let i = 2; existsSync(folder); i++) {
      if (!existsSync(`${folder}-${i}`)) return `${folder}-${i}`;
    }
    return folder;
  }

  private note(text: string): void {
    this.events.onNote?.(text);
  }
}
