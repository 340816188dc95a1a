import { isStock } from '../../camera/backends.ts';
import { readText } from '../../regular-file.ts';
import { findTuningFile } from '../../rpicam/find-tuning.ts';
import type { ListedCamera } from '../../rpicam/list-cameras.ts';
import { readSyncTuning } from '../../rpicam/tuning-file.ts';
import { periodUs } from '../../time/frame-rate.ts';
import { optionsOf, type TakeOptions } from '../plan/options.ts';
import { type SteeredRun, steeredRun } from './steered-camera.ts';

/** Which stock cameras of a take are steered, and to whose frames. */
export interface SteeringPlan {
  /** Those that are, by spec: the one that leads among them. */
  readonly runs: ReadonlyMap<string, SteeredRun>;
  /** True where the first camera is a stock one that is steered: `record` is the server, and says where frames lie. */
  readonly led: boolean;
  /** True where that camera leads by running free: one that is not heard can't. */
  readonly leads: boolean;
  /** Nominal duration of the frames that they are steered to, in us. */
  readonly gridUs: number;
  /** Why some are not, a line each. */
  readonly notes: readonly string[];
}

/**
 * Plans the steering of a take's stock cameras, as far as it was asked for and can be had.
 * @param listed what is known of a camera, by its spec.
 * @param libcamera its version, as far as that is known.
 * @throws UsageError where libcamera's configuration can't be read.
 */
export async function planSteering(
  options: TakeOptions,
  listed: (spec: string) => ListedCamera | undefined,
  libcamera?: string,
): Promise<SteeringPlan> {
  const { specs, steer, lead, frameRate } = options;
  const runs = new Map<string, SteeredRun>();
  const notes: string[] = [];
  const plan = { runs, led: false, leads: false, gridUs: periodUs(frameRate), notes };
  const stock = specs.filter(isStock);
  if (steer === 'stock' || stock.length === 0) return plan;
  const why = await withoutTuning(stock.map(listed));
  if (why !== undefined) {
    notes.push(`warning: stock cameras follow by their own algorithm, once a second: ${why}`);
    return plan;
  }
  const first = lead === 'camera' ? stock.find((spec) => spec === specs[0]) : undefined;
  const leads = first !== undefined && steer !== 'grid';
  const leader =
    first === undefined
      ? undefined
      : steeredRun(listed(first), optionsOf(0, options), leads ? 'leads' : undefined, libcamera);
  if (first !== undefined && leader === undefined) {
    const how = 'stock cameras follow by their own algorithm, once a second';
    notes.push(`warning: nothing is known of the sensor of ${first}, which leads: ${how}`);
    return plan;
  }
  if (first !== undefined && leader !== undefined) runs.set(first, leader);
  const gridUs = leads && leader !== undefined ? leader.restUs : plan.gridUs;
  for (const spec of stock.filter((each) => each !== first)) {
    const run = steeredRun(listed(spec), optionsOf(specs.indexOf(spec), options), gridUs, libcamera);
    if (run !== undefined) runs.set(spec, run);
    else notes.push(`warning: nothing is known of the sensor of ${spec}: it follows by its own algorithm`);
  }
  return { ...plan, led: first !== undefined, leads, gridUs };
}

/** Why stock processes can't be told each a port of its own; undefined where they can. */
async function withoutTuning(cameras: readonly (ListedCamera | undefined)[]): Promise<string | undefined> {
  for (const camera of cameras) {
    try {
      const file = findTuningFile(camera?.model ?? 'unknown', { mono: camera?.filter === 'MONO' });
      readSyncTuning(await readText(file), file);
    } catch (error) {
      return (error as Error).message;
    }
  }
  return undefined;
}
