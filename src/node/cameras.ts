import { isVirtual, numberedCameras } from '../camera/open.ts';
import { parseVirtualSpec } from '../camera/virtual/spec.ts';
import { checkTake, type TakeAsked } from '../options/take.ts';
import { chooseCameras } from '../run/stock/choice.ts';
import { findStockProgram, listStockCameras } from '../run/stock/program.ts';

/** A camera that `record` takes without being told which. */
export interface FoundCamera {
  /** Its number: what `record({ cameras: [0] })` names it by. */
  readonly number: number;
  /** What names it wherever it is, for example `rpicam:0`. */
  readonly spec: string;
  /** The sensor, for example `imx219`; undefined where the camera does not tell. */
  readonly model: string | undefined;
  /** True for a camera that is not there: it looks at a drawn scene, with the timing of a real sensor. */
  readonly virtual: boolean;
}

/** What `record` takes without being told which cameras. */
export interface FoundCameras {
  /** In their order; the first is the server. Empty where `record` refuses to choose. */
  readonly cameras: readonly FoundCamera[];
  /** Why there is none, one line; undefined where there are some. */
  readonly reason: string | undefined;
}

/**
 * Lists the cameras that `record` takes where it is not told which: the machine's own, or virtual ones on a machine that can have none.
 * @param options as `record` takes them. Default `rpicamVid`: rpicam-vid or libcamera-vid on PATH.
 * @throws OptionError where the program that is named can't be run.
 */
export async function cameras(options: Pick<TakeAsked, 'rpicamVid'> = {}): Promise<FoundCameras> {
  const { rpicamVid } = checkTake(options);
  const program = await findStockProgram(rpicamVid);
  try {
    const specs = await chooseCameras(undefined, program);
    const models = program === undefined ? new Map<string, string>() : await modelsOf(program);
    return { cameras: specs.map((spec) => described(spec, models)), reason: undefined };
  } catch (error) {
    return { cameras: [], reason: (error as Error).message };
  }
}

async function modelsOf(program: string): Promise<Map<string, string>> {
  const { cameras } = await listStockCameras(program);
  return new Map(cameras.map(({ index, model }) => [`rpicam:${index}`, model]));
}

function described(spec: string, models: ReadonlyMap<string, string>): FoundCamera {
  const virtual = isVirtual(spec);
  const numbered = numberedCameras().find((each) => each.spec === spec)?.number;
  return {
    number: numbered ?? Number(/\d+$/.exec(spec)?.[0]),
    spec,
    model: virtual ? parseVirtualSpec(spec).mode.model : models.get(spec),
    virtual,
  };
}
