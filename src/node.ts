/** genlock for scripts on Node: record cameras frame for frame, prove what was recorded, read takes and repair them. */
import { join } from 'node:path';
import { UsageError } from './errors.ts';
import { resolveInterface } from './host/interfaces.ts';
import { SYNC_GROUP, SYNC_PORT } from './host/sync-defaults.ts';
import type { Overload } from './record/recorder.ts';
import type { ControllerName } from './run/camera/role.ts';
import { slotsFor } from './run/camera/slots.ts';
import type { CameraSnapshot } from './run/camera/snapshot.ts';
import { chooseCameras } from './run/stock/choice.ts';
import { takeName } from './run/take/folder.ts';
import { RECORD_SYNC, type TakeResult } from './run/take/options.ts';
import { TakeRun } from './run/take/take-run.ts';
import type { SyncAlign } from './sync/tracking/client.ts';
import { type FrameRate, parseFrameRate } from './time/frame-rate.ts';

export { type AlignBy, type AlignedFile, type Alignment, type AlignOptions, align } from './align/align.ts';
export { type NumberedCamera, numberedCameras as cameras } from './camera/open.ts';
export { FailureError, UsageError } from './errors.ts';
export type { Take, TakeCamera, TakePart, TakeState } from './record/take.ts';
export { readTake } from './record/take.ts';
export type { CameraSnapshot, CameraState } from './run/camera/snapshot.ts';
export {
  type RepairEvents as RepairOptions,
  type RepairedCamera,
  type RepairResult,
  repairTake as repair,
} from './run/repair/repair.ts';
export type { TakeResult } from './run/take/options.ts';
export { type ReportOptions, type ReportResult, reportTake as report } from './run/take/report.ts';
export type { CameraReport, PairReport, Report, Verdict } from './verify/alignment.ts';
export { type VerifyOptions, verify } from './verify/verify.ts';
export type { FrameRate };

export interface RecordOptions {
  /**
   * How many numbered cameras, or the cameras themselves: numbers or specs; the first is the server. Numbers are a Raspberry Pi's own cameras
   * where rpicam-vid finds any, else virtual ones. Default: all of its own, else two virtual ones.
   */
  readonly cameras?: number | readonly (number | string)[];
  /** How long to record, in seconds; 0 is until stopped. Default 20. */
  readonly seconds?: number;
  /** Frames to record; overrides `seconds`. */
  readonly frames?: number;
  /** Frames a second: 30, '29.97', '30000/1001'. Default 30. */
  readonly frameRate?: number | string;
  /** Size of the videos. Default 640 x 480. */
  readonly width?: number;
  readonly height?: number;
  /** The folder of the take. Default: takes/<UTC start>. */
  readonly output?: string;
  /** Replaces the take in a folder that is not empty. */
  readonly force?: boolean;
  /** Fixed exposure, in us, and gain, of all cameras. Default: the cameras' own choice. */
  readonly exposureUs?: number;
  readonly gain?: number;
  /** Fixed colour gains of all cameras: red, blue. */
  readonly awbGains?: readonly [number, number];
  /** Measures the server's exposure for a second before the take, and fixes it on all cameras. */
  readonly matchExposure?: boolean;
  /** The program that runs stock Raspberry Pi cameras. Default: rpicam-vid or libcamera-vid on PATH. */
  readonly rpicamVid?: string;
  /** Keeps what stock cameras recorded beside what was made from it. */
  readonly keepOriginal?: boolean;
  /** Starts a camera again whose process dies during the take; it goes on in a further file. */
  readonly restart?: boolean;
  readonly encoder?: 'node-av' | 'ffmpeg';
  /** Times in the files: `nominal` (default), slots at a constant rate; `true`, when frames were captured. */
  readonly timestamps?: 'nominal' | 'true';
  /** x264 preset: `ultrafast` (default) to `veryslow`. */
  readonly preset?: string;
  /** Where an encoder can't keep up: `drop` frames (default), go on with the fastest preset first (`faster`), or `fail`. */
  readonly onOverload?: Overload;
  /** Where sync messages go. Default: as stock Raspberry Pi cameras send them; virtual cameras alone use the loopback. */
  readonly group?: string;
  readonly port?: number;
  /** A name, an address, or several with commas between; `default` is where the routes lead. */
  readonly interface?: string;
  /** How cameras are held together: `tracking` (default) learns rates and plans whole lines; `stock` is the algorithm of rpicam-vid. */
  readonly controller?: ControllerName;
  /** What of two frames coincides. Default `end`, of the exposures. */
  readonly align?: SyncAlign;
  /** A camera that has not locked after this many seconds ends the take. Default 30. */
  readonly lockTimeout?: number;
  /** Proves the take from its pixels at the end. Default true. */
  readonly verify?: boolean;
  /** How far apart frames may be in the proof, in us. Default 1000. */
  readonly toleranceUs?: number;
  /** Share of a file's frames that may repeat the one before in the proof, 0 to 1. Default 0.05. */
  readonly maxRepeats?: number;
  /** The state of all cameras, several times a second. */
  readonly onState?: (cameras: readonly CameraSnapshot[]) => void;
  /** What the take as a whole does, a line at a time. */
  readonly onNote?: (text: string) => void;
  /** Ends the take when aborted: all cameras before the same frame. */
  readonly signal?: AbortSignal;
}

/** The names of `RecordOptions`: a script without types is told of a misspelt one. */
const OPTIONS: ReadonlySet<string> = new Set<keyof RecordOptions>([
  'cameras',
  'seconds',
  'frames',
  'frameRate',
  'width',
  'height',
  'output',
  'force',
  'exposureUs',
  'gain',
  'awbGains',
  'matchExposure',
  'rpicamVid',
  'keepOriginal',
  'restart',
  'encoder',
  'timestamps',
  'preset',
  'onOverload',
  'group',
  'port',
  'interface',
  'controller',
  'align',
  'lockTimeout',
  'verify',
  'toleranceUs',
  'maxRepeats',
  'onState',
  'onNote',
  'signal',
]);

/**
 * Records any number of cameras frame for frame, each in a process of its own, and proves the take.
 * @returns what came of it; `good` says whether every camera finished and frame N is frame N.
 * @throws UsageError where an option can't be used.
 */
export async function record(options: RecordOptions = {}): Promise<TakeResult> {
  for (const key of Object.keys(options)) {
    if (!OPTIONS.has(key))
      throw new UsageError(`record: unknown option "${key}"; there are ${[...OPTIONS].join(', ')}`);
  }
  const { cameras, seconds = 20, signal, onState, onNote } = options;
  const given = typeof cameras === 'object' ? cameras.map(String) : cameras;
  if (typeof given === 'object' ? given.length === 0 : given !== undefined && !(Number.isInteger(given) && given > 0)) {
    throw new UsageError('cameras: give at least one');
  }
  const frameRate = parseFrameRate(String(options.frameRate ?? 30));
  if (frameRate === undefined) throw new UsageError(`frameRate: ${options.frameRate} is no frame rate`);
  if (!(seconds >= 0)) throw new UsageError(`seconds: ${seconds} is no time to record`);
  const run = new TakeRun(
    {
      folder: options.output ?? join('takes', takeName(new Date())),
      force: options.force ?? false,
      specs: await chooseCameras(given, options.rpicamVid),
      frameRate,
      frames: options.frames ?? slotsFor(seconds * 1e6, frameRate),
      width: options.width ?? 640,
      height: options.height ?? 480,
      exposureUs: options.exposureUs,
      gain: options.gain,
      awbGains: options.awbGains,
      matchExposure: options.matchExposure,
      rpicamVid: options.rpicamVid,
      keepOriginal: options.keepOriginal,
      restart: options.restart,
      verify: options.verify,
      encoder: options.encoder,
      timestamps: options.timestamps,
      preset: options.preset,
      onOverload: options.onOverload,
      network: {
        group: options.group ?? SYNC_GROUP,
        port: options.port ?? SYNC_PORT,
        interface: resolveInterface(options.interface),
      },
      syncSettings: RECORD_SYNC,
      startWhenLocked: true,
      controller: options.controller ?? 'tracking',
      align: options.align ?? 'end',
      lockTimeoutMs: (options.lockTimeout ?? 30) * 1000,
      toleranceUs: options.toleranceUs,
      maxRepeats: options.maxRepeats,
    },
    { ...(onState && { onSnapshots: onState }), ...(onNote && { onNote }) },
  );
  await run.prepare();
  const stop = (): void => void run.stop();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    if (signal?.aborted) stop();
    return await run.run();
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
