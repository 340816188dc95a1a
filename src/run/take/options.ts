import { join } from 'node:path';
import { backendOf } from '../../camera/backends.ts';
import { counted } from '../../counted.ts';
import { resolveInterface, type SyncInterfaces } from '../../host/interfaces.ts';
import { type SettledTake, settleTake, type TakeValues } from '../../options/take.ts';
import type { Take } from '../../record/take.ts';
import type { PictureProgress } from '../../report/pictures.ts';
import { SYNC_DEFAULTS, type SyncSettings } from '../../sync/controller.ts';
import { formatFrameRate, framesPerSecond } from '../../time/frame-rate.ts';
import type { Report } from '../../verify/alignment.ts';
import type { ReadProgress } from '../../verify/read-times.ts';
import type { Line } from '../camera/notices.ts';
import { slotsFor } from '../camera/slots.ts';
import type { CameraSnapshot } from '../camera/snapshot.ts';
import type { DiskState } from '../files/disk-watch.ts';
import { takeName } from '../files/folder.ts';
import { chooseCameras } from '../stock/choice.ts';

/** What is the same for all cameras of a take; what is left out is each camera's own choice. */
export interface Exposure {
  readonly exposureUs?: number | undefined;
  readonly gain?: number | undefined;
  /** Gains of red and blue. */
  readonly awbGains?: readonly [number, number] | undefined;
}

/** A take as it will be recorded: what was asked for, with its cameras, its folder and its length settled. */
export interface TakeOptions extends Omit<SettledTake, 'cameras' | 'seconds' | 'frames' | 'output' | 'interface'> {
  readonly folder: string;
  /** Specs of the cameras; the first is the server. */
  readonly specs: readonly string[];
  /** What they are called, in the same order. */
  readonly names: readonly string[];
  /** Undefined records until it is stopped. */
  readonly frames: number | undefined;
  readonly interfaces: SyncInterfaces | undefined;
  readonly commandLine?: readonly string[];
}

/**
 * Settles what was asked for: finds the cameras, names the folder, counts the frames.
 * @throws UsageError where there is no such camera or interface.
 */
export async function takeOptions(values: TakeValues, commandLine?: readonly string[]): Promise<TakeOptions> {
  const { cameras, seconds, frames, output, interface: named, ...settled } = settleTake(values);
  const chosen = await chooseCameras(cameras, settled.rpicamVid);
  return {
    ...settled,
    folder: output ?? join('takes', takeName(new Date(), settled.name)),
    specs: chosen.map(({ spec }) => spec),
    names: chosen.map(({ name }) => name),
    frames: frames ?? slotsFor(seconds * 1e6, settled.frameRate),
    interfaces: resolveInterface(named),
    ...(commandLine && { commandLine }),
  };
}

/** What the sync algorithm is set up with. */
export const syncSettings = (
  options: Pick<TakeOptions, 'syncPeriod' | 'readyFrames' | 'minAdjustmentUs'>,
): Omit<SyncSettings, 'frameDurationUs'> => ({
  syncPeriod: options.syncPeriod,
  readyFrame: options.readyFrames ?? SYNC_DEFAULTS.readyFrame,
  minAdjustmentUs: options.minAdjustmentUs,
});

export interface TakeEvents {
  onSnapshots?(snapshots: readonly CameraSnapshot[]): void;
  onLine?(name: string, line: Line): void;
  /** What the take as a whole does, a line. */
  onNote?(text: string): void;
  /** How the disk is doing, twice a second. */
  onDisk?(state: DiskState): void;
  /** A file that was left open is being finished: frames done, and in all. */
  onFinishProgress?(file: string, done: number, total: number): void;
  /** What was recorded by stock cameras is being made into the take's files. */
  onConformProgress?: ReadProgress;
  /** All files are closed; the proof begins. */
  onVerifying?(): void;
  onVerifyProgress?: ReadProgress;
  /** A picture was taken for the report. */
  onPicture?: PictureProgress;
}

/** What came of a take. */
export interface TakeResult {
  /** The folder of the take. */
  readonly folder: string;
  /** Whether the take is in the folder: one that recorded nothing leaves the one before, or none. */
  readonly kept: boolean;
  /** The take as `take.json` has it in the end. */
  readonly take: Take;
  /** Undefined where the files can't be compared. */
  readonly report: Report | undefined;
  /** What went wrong, a line each, each naming its camera. */
  readonly problems: readonly string[];
  /** True where it was stopped before its set end. */
  readonly interrupted: boolean;
  /** True where every camera finished and the verdict, where one was asked for, is `locked` or `aligned`. */
  readonly good: boolean;
}

/** One line that says what will be recorded. */
export function takeHeadline({ specs, frames, frameRate, width, height }: TakeOptions): string {
  const length =
    frames === undefined
      ? 'until stopped'
      : `${counted(frames, 'frame')} (${(frames / framesPerSecond(frameRate)).toFixed(1)} s)`;
  return `recording ${many(specs)}, ${width}x${height} at ${formatFrameRate(frameRate)} fps, ${length}`;
}

/** `2 virtual cameras`, `3 cameras (1 virtual, 2 stock)`. */
function many(specs: readonly string[]): string {
  const cameras = (kind: string): string => `${specs.length} ${kind}camera${specs.length === 1 ? '' : 's'}`;
  const called = specs.map((spec) => backendOf(spec)?.help.called);
  const kinds = [...new Set(called.flatMap((kind) => kind ?? []))].map(
    (kind) => [kind, called.filter((each) => each === kind).length] as const,
  );
  const whole = kinds.find(([, count]) => count === specs.length);
  if (whole !== undefined) return cameras(`${whole[0]} `);
  return `${cameras('')}${kinds.length > 0 ? ` (${kinds.map(([kind, count]) => `${count} ${kind}`).join(', ')})` : ''}`;
}
