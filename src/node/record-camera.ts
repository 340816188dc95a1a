import type { CameraBackend } from '../camera/backend.ts';
import { cameraSpec, openCamera } from '../camera/open.ts';
import { OptionError } from '../errors.ts';
import { openClock } from '../host/clock.ts';
import { resolveInterface } from '../host/interfaces.ts';
import { checkTake, settleTake, type TakeAsked, type TakeOptionName } from '../options/take.ts';
import type { Encoder } from '../record/encoder.ts';
import { literalPattern } from '../record/segments/name-pattern.ts';
import { CameraRun } from '../run/camera/camera-run.ts';
import type { CameraRunOptions } from '../run/camera/run-options.ts';
import { slotsFor } from '../run/camera/slots.ts';
import type { CameraResult, CameraSnapshot, SyncMode } from '../run/camera/snapshot.ts';
import { syncSettings } from '../run/plan/options.ts';
import { controllerNamed } from '../sync/controllers/index.ts';
import type { SyncController } from '../sync/controllers/sync-controller.ts';
import { type TakeListeners, tellLine } from './events.ts';

/** The options of a take that one camera takes as they are. */
const SHARED = [
  'seconds',
  'frames',
  'frameRate',
  'width',
  'height',
  'size',
  'exposureUs',
  'gain',
  'awbGains',
  'timestamps',
  'preset',
  'onOverload',
  'group',
  'port',
  'interface',
  'align',
  'phaseWithinUs',
  'syncPeriod',
  'readyFrames',
  'minAdjustmentUs',
] as const satisfies readonly TakeOptionName[];
/** The others that it has, which take more than in a take, or something else. */
const OWN = ['camera', 'backends', 'name', 'sync', 'file', 'framesCsv', 'encoder', 'controller'];
const SYNC_MODES: readonly string[] = ['off', 'server', 'client'] satisfies readonly SyncMode[];

/** What `recordCamera` takes: the options of a take that one camera has as well, and its own. */
export interface RecordCameraOptions
  extends Pick<TakeAsked, (typeof SHARED)[number]>,
    Pick<TakeListeners, 'onNotice' | 'onWarning'> {
  /** The camera: a number or a spec, as in `record`, or a spec of one of `backends`. Default 0. */
  readonly camera?: number | string | undefined;
  /**
   * Kinds of cameras of one's own, in order; where a spec is of one of them and of ours, it is theirs. Default: none.
   */
  readonly backends?: readonly CameraBackend[] | undefined;
  /** What the camera is called in messages. Default `camera`. */
  readonly name?: string | undefined;
  /**
   * The part that it plays: the `server` tells others when its frames start, a `client` follows the server that it
   * hears, and `off` is alone. A server's recording begins with its frame `readyFrames`, by default 100, and its
   * clients' with it. Default `off`.
   */
  readonly sync?: SyncMode | undefined;
  /** The video to write; its ending says the container: .mp4, .mov, .mkv. Without one nothing is encoded. */
  readonly file?: string | undefined;
  /** The rows of the frames, as in a take (docs/using-takes.md). Default: none. */
  readonly framesCsv?: string | undefined;
  /** What encodes: a name as in `record`, or an encoder of one's own. Default: the first that works. */
  readonly encoder?: TakeAsked['encoder'] | Encoder;
  /** How it is held together with others: a name as in `record`, or a controller of one's own. Default `tracking`. */
  readonly controller?: TakeAsked['controller'] | SyncController;
  /** The camera's state, several times a second. */
  readonly onState?: (camera: CameraSnapshot) => void;
  /** Ends the recording with the last frame taken, when aborted; what was recorded is finished. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Records one camera in this process, alone or in step with others: other processes, other hosts, stock Raspberry Pi
 * cameras. What keeps this process busy for longer than a frame keeps the camera waiting as well.
 * @returns what came of it; its files are closed.
 * @throws OptionError where an option can't be used, UsageError where something else that it needs can't, FailureError
 *   where something failed on the way. Files are closed then as well, with what was recorded.
 */
export async function recordCamera(options: RecordCameraOptions = {}): Promise<CameraResult> {
  const { backends, onState, onNotice, onWarning, signal } = options;
  const { run, controller } = runOptions(options);
  const listeners = { ...(onNotice && { onNotice }), ...(onWarning && { onWarning }) };
  const cameraRun = new CameraRun(
    { ...run, controller },
    openClock(),
    {
      onSnapshot: (snapshot) => onState?.(snapshot),
      onLine: (line) => tellLine(listeners, run.camera.name, line),
    },
    (request, clock) => openCamera(request, clock, backends),
  );
  const stop = (): void => cameraRun.stop();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    if (signal?.aborted) stop();
    return await cameraRun.run();
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

type Run = Omit<CameraRunOptions, 'controller'>;

function runOptions(options: RecordCameraOptions): { run: Run; controller: SyncController } {
  const { onState, onNotice, onWarning, signal, ...given } = options;
  const { camera = 0, backends, name, sync = 'off', file, framesCsv, encoder, controller, ...rest } = given;
  for (const each of Object.keys(rest)) if (!(SHARED as readonly string[]).includes(each)) throw unknownOption(each);
  const named = {
    ...(typeof encoder !== 'object' && { encoder }),
    ...(typeof controller !== 'object' && { controller }),
  };
  const asked = settleTake(checkTake({ ...rest, ...named }));
  if (!SYNC_MODES.includes(sync)) throw new OptionError('sync', sync, `must be one of ${SYNC_MODES.join(', ')}`);
  const { frameRate, width, height, exposureUs, gain, awbGains, timestamps, preset, onOverload } = asked;
  return {
    run: {
      camera: {
        spec: cameraSpec(String(camera), backends),
        name: name ?? 'camera',
        width,
        height,
        frameRate,
        ...(exposureUs !== undefined && { exposureUs }),
        ...(gain !== undefined && { gain }),
        ...(awbGains && { image: { awbGains } }),
      },
      sync,
      syncSettings: syncSettings(asked),
      align: asked.align,
      phaseWithinUs: asked.phaseWithinUs,
      network: {
        group: asked.group,
        port: asked.port,
        interface: sync === 'off' ? undefined : resolveInterface(asked.interface),
      },
      frames: asked.frames ?? slotsFor(asked.seconds * 1e6, frameRate),
      files: {
        video: {
          file: file === undefined ? undefined : literalPattern(file),
          width,
          height,
          frameRate,
          timestamps,
          ...(preset !== undefined && { preset }),
        },
        encoder: asked.encoder,
        own: typeof encoder === 'object' ? encoder : undefined,
        ...(framesCsv !== undefined && { framesCsv: literalPattern(framesCsv) }),
        ...(onOverload !== undefined && { onOverload }),
      },
    },
    controller: typeof controller === 'object' ? controller : controllerNamed(asked.controller),
  };
}

const unknownOption = (name: string): OptionError =>
  new OptionError(name, undefined, `is no option; there are ${[...OWN, ...SHARED].join(', ')}`, {
    code: 'unknown-option',
  });
