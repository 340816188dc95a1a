import { backendOf } from '../camera/backends.ts';
import { OptionError } from '../errors.ts';
import { checkTake, type TakeAsked } from '../options/take.ts';
import { ownCameras } from '../run/plan/choice.ts';

/** A camera that `record` takes without being told which. */
export interface TakenCamera {
  /** What `record({ cameras: [0] })` names it by; undefined where only its spec does. */
  readonly number: number | undefined;
  /** What names it wherever it is, for example `rpicam:0`. */
  readonly spec: string;
  /** The sensor, for example `imx219`; undefined where nothing tells. */
  readonly model: string | undefined;
  /** True for a camera that is not there: it looks at a drawn scene, with the timing of a real sensor. */
  readonly virtual: boolean;
}

/** What `record` takes without being told which cameras. */
export interface TakenCameras {
  /** In their order; the first is the server. Empty where `record` refuses to choose. */
  readonly cameras: readonly TakenCamera[];
  /** Why there is none, one line; undefined where there are some. */
  readonly reason: string | undefined;
}

/**
 * Lists the cameras that `record` takes where it is not told which: the machine's own, or virtual ones on a machine
 * that can have none.
 * @param options as `record` takes them. Default `rpicamVid`: rpicam-vid or libcamera-vid on PATH.
 * @throws OptionError where the program that is named can't be run.
 */
export async function cameras(options: Pick<TakeAsked, 'rpicamVid'> = {}): Promise<TakenCameras> {
  const { rpicamVid } = checkTake(options);
  try {
    const own = await ownCameras(rpicamVid);
    const cameras = own.map(({ number, spec, model }) => {
      return { number, spec, model, virtual: backendOf(spec)?.virtual === true };
    });
    return { cameras, reason: undefined };
  } catch (error) {
    // A program that can't be run is no reason, but a mistake.
    if (error instanceof OptionError && error.option === 'rpicamVid') throw error;
    return { cameras: [], reason: (error as Error).message };
  }
}
