import { backendOf, isStock } from '../../camera/backends.ts';
import type { CameraRequest } from '../../camera/camera.ts';
import { OptionError } from '../../errors.ts';
import { openClock } from '../../host/clock.ts';
import { periodUs } from '../../time/frame-rate.ts';
import { refuseFilled } from '../files/folder.ts';
import { ServerListener } from '../files/server-listener.ts';
import { optionsOf, type TakeOptions } from '../plan/options.ts';
import { StockCameras } from '../stock/cameras.ts';

/** A camera of a take that is not recorded yet. */
export interface ForeseenTakeCamera {
  readonly name: string;
  readonly spec: string;
  /** The kind of camera: what its spec begins with. */
  readonly backend: string;
  readonly sync: 'server' | 'client';
  /** Undefined where only the open camera tells. */
  readonly model?: string | undefined;
  /** Undefined where only the open camera tells, or the program that runs it chooses. */
  readonly mode?: string | undefined;
  /** Fixed exposure, in us. */
  readonly exposureUs?: number | undefined;
  readonly gain?: number | undefined;
  readonly awbGains?: readonly [number, number] | undefined;
}

/**
 * The cameras that a take would have, as far as that is known without opening any. Nothing is made or started; a stock
 * program is asked for its list.
 * @throws UsageError where the take would be refused before a camera is opened, or virtual cameras would refuse it.
 */
export async function foreseeTake(options: TakeOptions): Promise<readonly ForeseenTakeCamera[]> {
  const { specs, names, folder, force, frameRate, lead } = options;
  if (!force) await refuseFilled(folder);
  const server = new ServerListener(periodUs(frameRate));
  const stock = specs.some(isStock) ? await StockCameras.find(options, server, openClock()) : undefined;
  return specs.map((spec, number) => {
    const name = names[number] as string;
    const { width, height, exposureUs, gain, awbGains } = optionsOf(number, options);
    const request: CameraRequest = {
      ...{ spec, name, width, height, frameRate },
      ...(exposureUs !== undefined && { exposureUs }),
      ...(gain !== undefined && { gain }),
    };
    const backend = backendOf(spec);
    return {
      name,
      spec: options.elsewhere?.[number] === undefined ? spec : `${options.elsewhere[number]}/${spec}`,
      backend: backend?.scheme ?? '',
      sync: number === 0 && lead === 'camera' ? 'server' : 'client',
      ...(isStock(spec) ? stock?.foresee(spec) : ofCamera(name, () => backend?.foresee?.(request))),
      exposureUs,
      gain,
      awbGains,
    };
  });
}

/** What is refused of a camera names it. */
function ofCamera<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    const { option, value, text } = error.fault;
    throw new OptionError(option, value, text, { of: name });
  }
}
