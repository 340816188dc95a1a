import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findStockProgram, listStockCameras, noSuchCamera, stockVersionText } from '../../camera/rpicam/program.ts';
import { stockSpec } from '../../camera/rpicam/spec.ts';
import { OptionError } from '../../errors.ts';
import { type HeldPort, holdFreePort } from '../../host/free-port.ts';
import { readText } from '../../regular-file.ts';
import { findTuningFile } from '../../rpicam/find-tuning.ts';
import type { ListedCamera } from '../../rpicam/list-cameras.ts';
import { deriveTuning } from '../../rpicam/tuning-file.ts';
import { parseStockVersion } from '../../rpicam/version.ts';
import { checkRate } from '../stock/rate.ts';
import { type SteeredRequest, type SteeredRun, steeredRun } from '../stock/steered-camera.ts';
import { steeringArguments } from './arguments.ts';

/** A stock camera, ready to be run so that it can be steered. */
export interface SteerableCamera {
  readonly program: string;
  readonly listed: ListedCamera;
  readonly run: SteeredRun;
  readonly port: HeldPort;
  /** What the process has to be told for that, beside what the user tells it. */
  readonly args: readonly string[];
  /** A folder of its own, which `close` removes. */
  readonly folder: string;
  /** Libcamera's configuration, where the process needs one of its own. */
  readonly configFile: string | undefined;
  /** Lets go of what is held for it, and removes its folder, which has its tuning file. */
  close(): Promise<void>;
}

/**
 * The installed program, and the camera of that number.
 * @throws OptionError where there is no program, no such camera, or none that does the rate.
 */
export async function findStockCamera(
  number: number,
  { frameRate }: Pick<SteeredRequest, 'frameRate'>,
  given?: string,
): Promise<{ readonly program: string; readonly listed: ListedCamera }> {
  const spec = stockSpec(number);
  const program = await findStockProgram(given);
  if (program === undefined)
    throw new OptionError('camera', spec, 'there is no rpicam-vid on PATH; install rpicam-apps');
  const { cameras, failed } = await listStockCameras(program);
  const listed = cameras.find(({ index }) => index === number);
  if (listed === undefined) {
    const why = failed === undefined ? '' : `: ${failed}`;
    throw new OptionError('camera', spec, `${noSuchCamera(program, cameras)}${why}`);
  }
  checkRate(listed, frameRate);
  return { program, listed };
}

/**
 * Makes ready what steering a camera takes: a port of its own, and a tuning file that names it.
 * @param tuning the user's own tuning file, which is merged; else the installed one.
 * @throws UsageError where nothing is known of its sensor, or there is no tuning file.
 */
export async function makeSteerable(
  { program, listed }: { readonly program: string; readonly listed: ListedCamera },
  request: SteeredRequest,
  group: string,
  tuning?: string,
): Promise<SteerableCamera> {
  const spec = stockSpec(listed.index);
  const { libcamera } = parseStockVersion(await stockVersionText(program));
  const run = steeredRun(listed, request, undefined, libcamera);
  if (run === undefined) {
    throw new OptionError(
      'camera',
      spec,
      `nothing is known of its sensor (${listed.model}), so it can't be steered; rpicam-vid --sync client follows by itself`,
    );
  }
  const file = tuning ?? findTuningFile(listed.model, { mono: listed.filter === 'MONO' });
  const text = await readText(file);
  const port = await holdFreePort();
  const folder = await mkdtemp(join(tmpdir(), 'genlock-'));
  const close = async (): Promise<void> => {
    await port.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const own = join(folder, `${listed.model}.json`);
    await writeFile(own, deriveTuning(text, { group, port: port.port, minAdjustmentUs: 0 }, file));
    const args = steeringArguments(listed.index, run, own, request.sensorMode !== undefined);
    const configFile = run.config === undefined ? undefined : join(folder, 'libcamera.yaml');
    if (configFile !== undefined) await writeFile(configFile, run.config as string);
    return { program, listed, run, port, args, folder, configFile, close };
  } catch (error) {
    await close();
    throw error;
  }
}
