import { isVirtual, stockNumber } from '../../camera/open.ts';
import { counted } from '../../counted.ts';
import type { SyncInterfaces } from '../../host/interfaces.ts';
import type { Overload } from '../../record/recorder.ts';
import type { Take } from '../../record/take.ts';
import type { PictureProgress } from '../../report/pictures.ts';
import { SYNC_DEFAULTS, type SyncSettings } from '../../sync/controller.ts';
import type { SyncAlign } from '../../sync/tracking/client.ts';
import { type FrameRate, formatFrameRate, framesPerSecond } from '../../time/frame-rate.ts';
import type { Report } from '../../verify/alignment.ts';
import type { ReadProgress } from '../../verify/read-times.ts';
import type { Line } from '../camera/notices.ts';
import type { ControllerName } from '../camera/role.ts';
import type { CameraSnapshot } from '../camera/snapshot.ts';
import type { DiskState } from './disk-watch.ts';

/**
 * How a take is synchronised unless told otherwise: as stock cameras are, but for the dead band. The stock 50 us let a client drift to about
 * 100 us between corrections; 20 us is one line of an imx219, the smallest step that a correction can make.
 */
export const RECORD_SYNC = { ...SYNC_DEFAULTS, minAdjustmentUs: 20 };

/** What is the same for all cameras of a take; what is left out is each camera's own choice. */
export interface Exposure {
  readonly exposureUs?: number | undefined;
  readonly gain?: number | undefined;
  /** Gains of red and blue. */
  readonly awbGains?: readonly [number, number] | undefined;
}

export interface TakeOptions extends Exposure {
  readonly folder: string;
  readonly force: boolean;
  /** Specs of the cameras; the first is the server. */
  readonly specs: readonly string[];
  readonly frameRate: FrameRate;
  readonly frames: number | undefined;
  readonly width: number;
  readonly height: number;
  /** The server camera's own exposure is measured before the take, and fixed on all cameras. */
  readonly matchExposure?: boolean | undefined;
  readonly encoder?: string | undefined;
  /** Times in the files: slots at the nominal rate (default), or when frames were captured. */
  readonly timestamps?: 'nominal' | 'true' | undefined;
  /** x264 preset. Default: the encoders'. */
  readonly preset?: string | undefined;
  /** What is done where an encoder can't keep up. Default `drop`. */
  readonly onOverload?: Overload | undefined;
  readonly network: {
    readonly group: string;
    readonly port: number;
    readonly interface?: SyncInterfaces | undefined;
  };
  readonly syncSettings: Omit<SyncSettings, 'frameDurationUs'>;
  readonly controller: ControllerName;
  readonly align: SyncAlign;
  /** The recording begins once every camera is locked, not after a fixed count of frames. */
  readonly startWhenLocked: boolean;
  readonly lockTimeoutMs: number;
  readonly toleranceUs?: number | undefined;
  /** Path or name of the program that runs stock cameras. Default: the first on PATH. */
  readonly rpicamVid?: string | undefined;
  /** What stock cameras recorded is kept beside what was made from it. */
  readonly keepOriginal?: boolean | undefined;
  /** Proved from its pixels at the end. Default true. */
  readonly verify?: boolean | undefined;
  /** A camera whose process dies while the take is recorded is started again. */
  readonly restart?: boolean | undefined;
  readonly commandLine?: readonly string[];
}

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

export interface TakeResult {
  readonly folder: string;
  /** Whether the take is in the folder: one that recorded nothing leaves the one before, or none. */
  readonly kept: boolean;
  readonly take: Take;
  /** Undefined where the files can't be compared. */
  readonly report: Report | undefined;
  /** What went wrong, a line each, each naming its camera. */
  readonly problems: readonly string[];
  readonly interrupted: boolean;
  /** True where every camera finished and the verdict, where one was asked for, is `locked` or `aligned`. */
  readonly good: boolean;
}

export const isStock = (spec: string): boolean => stockNumber(spec) !== undefined;

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
  const [virtual, stock] = [specs.filter(isVirtual).length, specs.filter(isStock).length];
  if (virtual === specs.length) return cameras('virtual ');
  if (stock === specs.length) return cameras('stock ');
  const kinds = [virtual > 0 && `${virtual} virtual`, stock > 0 && `${stock} stock`].filter(Boolean);
  return `${cameras('')}${kinds.length > 0 ? ` (${kinds.join(', ')})` : ''}`;
}
