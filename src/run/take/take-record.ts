import { size } from '../../amounts.ts';
import { isStock } from '../../camera/backends.ts';
import { counted } from '../../counted.ts';
import { type Take, type TakeSound, writeTake } from '../../record/take.ts';
import type { DiskWatch } from '../files/disk-watch.ts';
import { TakeJournal } from '../files/journal.ts';
import type { TakeOptions } from '../plan/options.ts';
import type { StockCameras } from '../stock/cameras.ts';
import type { CameraChain } from './camera-chain.ts';
import { describeTake } from './describe.ts';
import { checkRoom, watchDisk } from './disk.ts';
import type { TakeEvents } from './events.ts';
import { problemOf, TakeFinish } from './finish.ts';
import type { TakeResult } from './result.ts';
import type { Stopping } from './stopping.ts';
import { TakeFolder } from './take-folder.ts';
import { Troubles } from './troubles.ts';

/** Where a take's cameras are, and who serves them. */
export interface TakeSource {
  /** The take's cameras, the server first. */
  cameras(): readonly CameraChain[];
  /** When its frame 0 is, on the server's wall clock, in us; undefined as long as that is open. */
  readyTimeUs(): number | undefined;
  /** Its sounds; where it can have none, left out. */
  sounds?(): readonly TakeSound[];
  /** Who else sends sync messages here, once somebody does. */
  otherServer(): string | undefined;
}

/** How a take's recording ended. */
export interface TakeOver {
  /** It was stopped before its set end. */
  readonly interrupted: boolean;
  /** Why it was stopped, where nobody asked for it. */
  readonly stopReason: string | undefined;
  readonly stopping: Pick<Stopping, 'asked' | 'index'>;
  readonly stock: StockCameras | undefined;
}

/**
 * What stays of one take: its folder and what is written there of it while cameras record, what went wrong, and, behind
 * the recording, the proof.
 */
export class TakeRecord {
  /** What went wrong, a line each, each naming its camera. */
  readonly problems: string[] = [];
  readonly troubles = new Troubles();
  options: TakeOptions;
  exposureMatched = false;
  software: Take['software'];
  private readonly source: TakeSource;
  private readonly events: TakeEvents;
  private readonly folder: TakeFolder;
  private readonly journal: TakeJournal;
  private readonly started = new Date();
  private disk: DiskWatch | undefined;

  constructor(options: TakeOptions, source: TakeSource, events: TakeEvents) {
    this.options = options;
    this.source = source;
    this.events = events;
    this.folder = new TakeFolder(options.folder, namesIn(options), options.force, (text) => this.note(text));
    this.journal = new TakeJournal(options.folder, () => {});
  }

  /**
   * Makes the folder, before anything is started.
   * @throws UsageError where it can't be used, or where there is no room in it.
   */
  async prepare(): Promise<void> {
    await this.folder.make();
    try {
      this.note(await checkRoom(this.options));
    } catch (error) {
      await this.folder.unmake();
      throw error;
    }
  }

  /** `take.json` tells from here on who is at work in the folder. */
  async begin(): Promise<void> {
    await writeTake(this.options.folder, this.describe('recording'));
    this.folder.release();
  }

  get anyRecorded(): boolean {
    return this.source.cameras().some(({ recorded }) => recorded);
  }

  /** Cameras have told of themselves. */
  look(): void {
    for (const camera of this.source.cameras()) {
      if (camera.look()) this.writeDown();
    }
    if (this.anyRecorded) this.folder.replaceSoon(() => this.videos);
  }

  /** Has `take.json` tell how things stand. */
  writeDown(): void {
    this.journal.note(() => this.describe('recording'));
  }

  problem(name: string, text: string): void {
    this.problems.push(problemOf(name, text));
  }

  /** @param stopFor the take can't go on, for this reason. */
  watchDisk(stopFor: (reason: string) => void): void {
    this.disk = watchDisk(this.options, {
      files: () => this.files,
      onState: (state) => this.events.onDisk?.(state),
      onLow: ({ freeBytes }) => {
        this.troubles.add({ kind: 'disk-full' });
        stopFor(`the disk is nearly full (${size(freeBytes)} free)`);
      },
      onGone: () => stopFor(`${this.options.folder}: the folder is gone`),
    });
  }

  /** The cameras are done, or were never started. */
  async settle(): Promise<void> {
    this.disk?.stop();
    await this.journal.settled();
  }

  /** Leaves nothing behind, or the take that was there before. */
  unmake(): Promise<void> {
    return this.folder.unmake();
  }

  /** A take that was interrupted before any camera was started leaves nothing behind. */
  async nothing(): Promise<TakeResult> {
    await this.unmake();
    this.note('stopped before the cameras were started: nothing is recorded');
    const { folder } = this.options;
    const take = this.describe('interrupted', new Date());
    return { folder, kept: false, take, report: undefined, problems: [], advice: [], interrupted: true, good: false };
  }

  /** Finishes and proves what was recorded. What fails on the way is in the result. */
  async finish({ interrupted, stopReason, stopping, stock }: TakeOver): Promise<TakeResult> {
    const { options, events, problems } = this;
    this.checkRecorded(stopping.asked);
    const cameras = this.source.cameras();
    const recorded = { options, cameras, stock, interrupted, stopIndex: stopping.index, problems };
    const describe = (state: Take['state'], ended: Date): Take => this.describe(state, ended);
    const result = await new TakeFinish({ ...recorded, describe }, events).run(stopReason);
    if (this.anyRecorded && result.take.frames !== 0) await this.folder.replace();
    if (!this.folder.replaces) return result;
    await this.unmake();
    this.note(`${options.folder}: nothing was recorded: the take before is left as it was`);
    return { ...result, kept: false };
  }

  /**
   * A camera that ended well and yet recorded nothing, or less than was asked for, spoils the take.
   * @param asked The take was stopped.
   */
  private checkRecorded(asked: boolean): void {
    if (!this.anyRecorded) return;
    for (const { name, end } of this.source.cameras()) {
      if (!end?.ok || this.problems.some((problem) => problem.startsWith(`${name}: `))) continue;
      if (end.frames === 0 && asked) this.problem(name, 'recorded nothing');
      if (end.frames > 0 && end.interrupted && !asked) {
        this.problem(name, `was stopped from outside after ${counted(end.frames, 'frame')}`);
      }
    }
  }

  /** Videos and sounds that are written, relative to the take. */
  private get files(): string[] {
    return [...this.videos, ...(this.source.sounds?.() ?? []).map(({ file }) => file)];
  }

  private get videos(): string[] {
    return this.source
      .cameras()
      .map(({ spec, part }) => (isStock(spec) ? part.file.replace(/mp4$/, 'h264') : part.file));
  }

  private describe(state: Take['state'], ended?: Date): Take {
    const from = this.source.otherServer();
    if (from !== undefined) this.troubles.add({ kind: 'other-server', from });
    return describeTake(this.options, {
      state,
      started: this.started,
      ended,
      cameras: this.source.cameras(),
      sounds: this.source.sounds?.() ?? [],
      readyTimeUs: this.source.readyTimeUs(),
      exposureMatched: this.exposureMatched,
      problems: this.problems,
      troubles: this.troubles.all,
      software: this.software,
    });
  }

  private note(text: string): void {
    this.events.onNote?.(text);
  }
}

const namesIn = ({ names, sounds = [] }: TakeOptions): string[] => [...names, ...sounds.map(({ name }) => name)];
