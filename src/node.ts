/** framelock for scripts on Node: record cameras frame for frame, and prove what was recorded. */
import { join } from 'node:path';
import { cameraSpec } from './camera/open.ts';
import { UsageError } from './errors.ts';
import { resolveInterface } from './host/interfaces.ts';
import { SYNC_GROUP, SYNC_PORT } from './host/sync-defaults.ts';
import type { ControllerName } from './run/role.ts';
import { slotsFor } from './run/slots.ts';
import type { CameraSnapshot } from './run/snapshot.ts';
import { takeName } from './run/take-folder.ts';
import { RECORD_SYNC, type TakeResult, TakeRun } from './run/take-run.ts';
import type { SyncAlign } from './sync/tracking/client.ts';
import { type FrameRate, parseFrameRate } from './time/frame-rate.ts';

export { type NumberedCamera, numberedCameras as cameras } from './camera/open.ts';
export { FailureError, UsageError } from './errors.ts';
export type { Take, TakeCamera } from './record/take.ts';
export { readTake } from './record/take.ts';
export type { CameraSnapshot, CameraState } from './run/snapshot.ts';
export type { TakeResult } from './run/take-run.ts';
export type { CameraReport, PairReport, Report, Verdict } from './verify/alignment.ts';
export { type VerifyOptions, verify } from './verify/verify.ts';
export type { FrameRate };

export interface RecordOptions {
  /** How many numbered cameras, from 0 on, or the cameras themselves: numbers or specs; the first is the server. Default 2. */
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
  readonly encoder?: 'node-av' | 'ffmpeg';
  /** Where sync messages go. Default: as stock Raspberry Pi cameras send them; virtual cameras alone use the loopback. */
  readonly group?: string;
  readonly port?: number;
  readonly interface?: string;
  /** How cameras are held together: `tracking` (default) learns rates and plans whole lines; `stock` is the algorithm of rpicam-vid. */
  readonly controller?: ControllerName;
  /** What of two frames coincides. Default `end`, of the exposures. */
  readonly align?: SyncAlign;
  /** A camera that has not locked after this many seconds ends the take. Default 30. */
  readonly lockTimeout?: number;
  /** How far apart frames may be in the proof, in us. Default 1000. */
  readonly toleranceUs?: number;
  /** The state of all cameras, several times a second. */
  readonly onState?: (cameras: readonly CameraSnapshot[]) => void;
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
  'encoder',
  'group',
  'port',
  'interface',
  'controller',
  'align',
  'lockTimeout',
  'toleranceUs',
  'onState',
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
  const { cameras = 2, seconds = 20, signal, onState } = options;
  const given = typeof cameras === 'number' ? Array.from({ length: cameras }, (_, i) => i) : cameras;
  if (given.length === 0) throw new UsageError('cameras: give at least one');
  const frameRate = parseFrameRate(String(options.frameRate ?? 30));
  if (frameRate === undefined) throw new UsageError(`frameRate: ${options.frameRate} is no frame rate`);
  if (!(seconds >= 0)) throw new UsageError(`seconds: ${seconds} is no time to record`);
  const run = new TakeRun(
    {
      folder: options.output ?? join('takes', takeName(new Date())),
      force: options.force ?? false,
      specs: given.map((camera) => cameraSpec(String(camera))),
      frameRate,
      frames: options.frames ?? slotsFor(seconds * 1e6, frameRate),
      width: options.width ?? 640,
      height: options.height ?? 480,
      exposureUs: options.exposureUs,
      gain: options.gain,
      encoder: options.encoder,
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
    },
    { ...(onState && { onSnapshots: onState }) },
  );
  await run.prepare();
  const stop = (): void => run.stop();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    if (signal?.aborted) stop();
    return await run.run();
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
