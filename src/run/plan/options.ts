import { join } from 'node:path';
import { backendOf, isStock } from '../../camera/backends.ts';
import { counted } from '../../counted.ts';
import { OptionError } from '../../errors.ts';
import { resolveInterface, type SyncInterfaces } from '../../host/interfaces.ts';
import { type CameraOwn, splitHost, splitName } from '../../options/cameras.ts';
import { type SettledTake, settleTake, type TakeValues } from '../../options/take.ts';
import { SYNC_DEFAULTS, type SyncSettings } from '../../sync/controller.ts';
import { formatFrameRate, framesPerSecond } from '../../time/frame-rate.ts';
import { slotsFor } from '../camera/slots.ts';
import { takeName } from '../files/folder.ts';
import type { ChosenCamera } from './camera-names.ts';
import { chooseCameras } from './choice.ts';
import type { RigCamerasAsked } from './rig-cameras.ts';
import type { RigPlaces } from './take-rig.ts';

/** A take as it will be recorded: what was asked for, with its cameras, its folder and its length settled. */
export interface TakeOptions
  extends Omit<SettledTake, 'cameras' | 'hosts' | 'seconds' | 'frames' | 'output' | 'interface'>,
    RigPlaces {
  readonly folder: string;
  /** Specs of the cameras; the first is the server. */
  readonly specs: readonly string[];
  /** What they are called, in the same order. */
  readonly names: readonly string[];
  /** What some of them have otherwise than the others, in the same order; where none has, left out. */
  readonly own?: readonly (CameraOwn | undefined)[];
  /** Undefined records until it is stopped. */
  readonly frames: number | undefined;
  readonly interfaces: SyncInterfaces | undefined;
  readonly commandLine?: readonly string[];
}

/**
 * Settles what was asked for: finds the cameras, names the folder, counts the frames.
 * @param takes the folder that takes are made in, where the take's own is not named.
 * @throws UsageError where there is no such camera or interface.
 */
export async function takeOptions(
  values: TakeValues,
  commandLine?: readonly string[],
  takes = 'takes',
): Promise<TakeOptions> {
  const { cameras, hosts, seconds, frames, output, interface: named, ...settled } = settleTake(values);
  const asked = { cameras, hosts, rpicamVid: settled.rpicamVid };
  const { chosen, ...others }: RigPlaces & { chosen: readonly ChosenCamera[] } = asksForRig(asked)
    ? await chooseOfRig(asked)
    : { chosen: await chooseCameras(cameras, settled.rpicamVid) };
  try {
    if (settled.codec !== 'h264' && chosen.some(({ spec }) => isStock(spec)))
      throw new OptionError('codec', settled.codec, 'must be h264: stock cameras of this take record nothing else');
    return {
      ...settled,
      ...others,
      folder: output ?? join(takes, takeName(new Date(), settled.name)),
      specs: chosen.map(({ spec }) => spec),
      names: chosen.map(({ name }) => name),
      ...(chosen.some(({ own }) => own !== undefined) && { own: chosen.map(({ own }) => own) }),
      frames: frames ?? slotsFor(seconds * 1e6, settled.frameRate),
      interfaces: resolveInterface(named),
      ...(commandLine && { commandLine }),
    };
  } catch (error) {
    await others.rig?.bus.close();
    throw error;
  }
}

/** True where cameras of other hosts are asked for. */
const asksForRig = ({ cameras, hosts }: RigCamerasAsked): boolean =>
  hosts !== false ||
  (typeof cameras === 'object' && cameras.some((each) => splitHost(splitName(each).camera).host !== undefined));

/** Loaded where it is needed: a take of this host alone needs no broker. */
async function chooseOfRig(asked: RigCamerasAsked) {
  const [{ openTakeRig }, { chooseRigCameras }] = await Promise.all([
    import('./take-rig.ts'),
    import('./rig-cameras.ts'),
  ]);
  return chooseRigCameras(asked, await openTakeRig());
}

/** Lets go of the rig that a take has cameras of. */
export const leaveRig = async ({ rig }: TakeOptions): Promise<void> => rig?.bus.close();

/** The options with what the camera of this number has otherwise than the others. */
export const optionsOf = (number: number, options: TakeOptions): TakeOptions => ({
  ...options,
  ...options.own?.[number],
});

/** What the sync algorithm is set up with. */
export const syncSettings = (
  options: Pick<TakeOptions, 'syncPeriod' | 'readyFrames' | 'minAdjustmentUs'>,
): Omit<SyncSettings, 'frameDurationUs'> => ({
  syncPeriod: options.syncPeriod,
  readyFrame: options.readyFrames ?? SYNC_DEFAULTS.readyFrame,
  minAdjustmentUs: options.minAdjustmentUs,
});

/** One line that says what will be recorded. */
export function takeHeadline(options: TakeOptions): string {
  const { specs, frameRate, width, height } = options;
  return `recording ${many(specs)}, ${width}x${height} at ${formatFrameRate(frameRate)} fps, ${takeLength(options)}`;
}

/** How much will be recorded: `150 frames (5.0 s)`. */
export function takeLength({ frames, frameRate }: TakeOptions): string {
  if (frames === undefined) return 'until stopped';
  const seconds = frames / framesPerSecond(frameRate);
  return `${counted(frames, 'frame')} (${seconds.toFixed(seconds < 0.1 ? 3 : 1)} s)`;
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
