import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { advisedIn } from '../../advice.ts';
import { isStock } from '../../camera/backends.ts';
import { flagFor } from '../../options/flags.ts';
import { liesOn, OFFSETS_FILE, PROOF_FILES, REPORT_FILE, type Take, writeTake } from '../../record/take.ts';
import { writeWhole } from '../../record/whole-file.ts';
import { writeReason } from '../../record/write-failure.ts';
import { writeReportPage } from '../../report/write.ts';
import { adviceOn } from '../../verify/advice/advice.ts';
import { frameOffsets, offsetsCsv } from '../../verify/offsets.ts';
import { type Proof, proveTake } from '../../verify/verify.ts';
import { untilUnwritten } from '../files/writers.ts';
import type { TakeOptions } from '../plan/options.ts';
import { completeTake } from '../repair/complete.ts';
import { completeSounds } from '../repair/sounds.ts';
import type { StockCameras } from '../stock/cameras.ts';
import type { CameraChain } from './camera-chain.ts';
import type { TakeEvents } from './events.ts';
import type { TakeResult } from './result.ts';

/** A take whose recording is over. */
export interface RecordedTake {
  readonly options: TakeOptions;
  readonly cameras: readonly CameraChain[];
  readonly stock: StockCameras | undefined;
  readonly interrupted: boolean;
  /** The frame before which all were told to stop. */
  readonly stopIndex: number | undefined;
  /** What went wrong so far, a line each, each naming its camera. */
  readonly problems: string[];
  describe(state: Take['state'], ended: Date): Take;
}

/**
 * What comes behind the recording: stock cameras' files are conformed, those of the dead finished, and all of them held
 * against each other.
 */
export class TakeFinish {
  private readonly recorded: RecordedTake;
  private readonly events: TakeEvents;

  constructor(recorded: RecordedTake, events: TakeEvents) {
    this.recorded = recorded;
    this.events = events;
  }

  /** What fails on the way is in the result. @param stopReason Why the take was stopped, where nobody asked for it. */
  async run(stopReason: string | undefined): Promise<TakeResult> {
    const { options, problems } = this.recorded;
    const { folder } = options;
    this.events.onRecorded?.();
    await this.conform();
    const take = await this.complete();
    const proof = await this.prove(take);
    // Cameras that recorded nothing are not in the proof, and may be the cause.
    const advice = adviceOn(proof?.report, take);
    const report = proof && { ...proof.report, advice };
    if (proof !== undefined && report !== undefined) await this.report(take, { ...proof, report });
    const interrupted = this.recorded.interrupted && !this.isWhole(take);
    const unproved = options.verify === false;
    const { frames } = unproved ? take : (report ?? {});
    const wanted = options.frames === undefined || frames === options.frames;
    const locked = report?.cameras.length === options.specs.length && report.verdict !== 'not locked';
    const all = stopReason === undefined ? problems : [stopReason, ...problems];
    const good = all.length === 0 && wanted && (locked || unproved);
    return { folder, kept: true, take, report, problems: all, advice, interrupted, good };
  }

  /** What stock cameras recorded is made into files of the same slots as the others'. */
  private async conform(): Promise<void> {
    const { options, stock, stopIndex, cameras, problems } = this.recorded;
    if (stock === undefined) return;
    const { frames } = options;
    const wanted = stopIndex === undefined ? frames : Math.min(stopIndex, frames ?? stopIndex);
    // A camera that failed has fewer frames: that takes none from the others.
    const others = cameras.flatMap((camera) => {
      const { firstIndex = 0, frames } = isStock(camera.spec) || !camera.end?.ok ? {} : camera.describe();
      return frames === undefined ? [] : firstIndex + frames;
    });
    await stock.conform(
      { wanted, others, alone: cameras.every(({ spec }) => isStock(spec)) },
      {
        onProblem: (name, text) => problems.push(problemOf(name, text)),
        onNote: (text) => this.events.onNote?.(text),
        ...(this.events.onConformProgress && { onProgress: this.events.onConformProgress }),
      },
    );
  }

  /** The take as it is in the end; files that a dead process left open are finished. */
  private async complete(): Promise<Take> {
    const { options, cameras, interrupted, problems } = this.recorded;
    const { folder, frames: wanted } = options;
    const state = (of: Take): Take['state'] => {
      if (problems.length > 0) return 'failed';
      return interrupted && !this.isWhole(of) ? 'interrupted' : 'complete';
    };
    let take = await this.gather(this.recorded.describe('interrupted', new Date()));
    take = { ...take, state: state(take) };
    if (!this.anyRecorded) take = { ...take, frames: 0 };
    const unfinished = cameras.some(({ end, failures }) => end?.ok !== true || failures.length > 0);
    if (unfinished && this.anyRecorded) {
      try {
        await untilUnwritten(folder);
        const completed = await completeTake(folder, take, {
          onNote: (text) => this.events.onNote?.(text),
          ...(this.events.onFinishProgress && { onProgress: this.events.onFinishProgress }),
        });
        problems.push(...completed.missing.filter((line) => !isSaid(line, problems)));
        const frames = wanted === undefined ? completed.frames : Math.min(wanted, completed.frames);
        take = { ...take, frames, cameras: [...completed.cameras] };
      } catch (error) {
        problems.push((error as Error).message);
      }
      take = { ...take, state: state(take), problems };
    }
    if (take.sounds !== undefined) {
      const { sounds, missing } = await completeSounds(folder, take, take.frames ?? 0);
      problems.push(...missing);
      take = { ...take, sounds: [...sounds], state: state(take), ...(problems.length > 0 && { problems }) };
    }
    try {
      await writeTake(folder, take);
    } catch (error) {
      problems.push((error as Error).message);
    }
    return take;
  }

  /** Files of cameras on other hosts are fetched; what can't be is left there for `gather`, and is a problem. */
  private async gather(take: Take): Promise<Take> {
    const { options, problems } = this.recorded;
    const { rig, folder, keepRemote } = options;
    if (rig === undefined || !this.anyRecorded || take.cameras.every((camera) => liesOn(camera) === undefined))
      return take;
    const here = new Set<string>();
    try {
      const { gatherFiles } = await import('../gather/gather-files.ts');
      const { missing } = await gatherFiles(folder, take, {
        ...{ own: rig.own, hosts: rig.bus.hosts(), keepRemote },
        onNote: (text) => this.events.onNote?.(text),
        onProgress: ({ done, of }) => this.events.onGatherProgress?.(folder, done, of),
        onGathered: (camera) => here.add(camera),
      });
      problems.push(...missing);
    } catch (error) {
      problems.push((error as Error).message);
    }
    const cameras = take.cameras.map((camera) =>
      here.has(camera.name) ? { ...camera, gathered: true as const } : camera,
    );
    return { ...take, cameras };
  }

  /**
   * True where every camera has all frames that were asked for: who interrupts in the last moment takes nothing from
   * it.
   */
  private isWhole({ cameras }: Take): boolean {
    const { frames } = this.recorded.options;
    return frames !== undefined && cameras.every((camera) => camera.frames === frames);
  }

  /** What was recorded is compared, also where a camera failed on the way. */
  private async prove(whole: Take): Promise<Proof | undefined> {
    const { folder, toleranceUs, maxRepeats, verify } = this.recorded.options;
    const recorded = this.recorded.cameras.filter((camera) => camera.recorded).map(({ name }) => name);
    const cameras = whole.cameras.filter((camera) => {
      const { name, stock, frames } = camera;
      const isFile = liesOn(camera) === undefined && (stock === undefined || stock.conformed !== undefined);
      return recorded.includes(name) && frames !== 0 && isFile;
    });
    for (const name of PROOF_FILES) {
      const failed = (cause: NodeJS.ErrnoException) =>
        this.recorded.problems.push(`${join(folder, name)}: can't be removed: ${writeReason(cause)}`);
      await rm(join(folder, name), { force: true }).catch(failed);
    }
    if (cameras.length === 0 || verify === false) return undefined;
    this.events.onVerifying?.();
    const options = {
      ...(toleranceUs !== undefined && { toleranceUs }),
      ...(maxRepeats !== undefined && { maxRepeats }),
      ...(this.events.onVerifyProgress && { onProgress: this.events.onVerifyProgress }),
      onNote: (text: string) => this.events.onNote?.(text),
    };
    try {
      return await proveTake(folder, { ...whole, cameras }, options);
    } catch (error) {
      this.recorded.problems.push((error as Error).message);
      return undefined;
    }
  }

  /** The proof, for programs and for people. */
  private async report(take: Take, proof: Proof): Promise<void> {
    const { options, problems } = this.recorded;
    const { folder } = options;
    const failed = (error: Error): number => problems.push(error.message);
    const text = `${JSON.stringify(advisedIn(proof.report, flagFor), null, 2)}\n`;
    await writeWhole(join(folder, REPORT_FILE), text).catch(failed);
    const offsets = offsetsCsv(frameOffsets(proof.files, proof.report.pairs[0]?.reference));
    await writeWhole(join(folder, OFFSETS_FILE), offsets).catch(failed);
    const now = problems.length > 0 ? { ...take, problems } : take;
    await writeReportPage(folder, now, proof, { onPicture: this.events.onPicture, say: flagFor }).catch(failed);
  }

  private get anyRecorded(): boolean {
    return this.recorded.cameras.some(({ recorded }) => recorded);
  }
}

/** A line that names its camera, once. */
export const problemOf = (name: string, text: string): string =>
  `${name}: ${text.replace(new RegExp(`^${name}: `), '')}`;

/** Whether it was said already where a camera's files lie, for another reason. */
const isSaid = (line: string, problems: readonly string[]): boolean =>
  problems.some((problem) => problem.split(':')[0] === line.split(':')[0] && / lies on /.test(line));
