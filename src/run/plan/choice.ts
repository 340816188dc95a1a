import type { CameraBackend, CameraList, FoundCamera } from '../../camera/backend.ts';
import { BACKENDS } from '../../camera/backends.ts';
import { cameraSpec } from '../../camera/open.ts';
import { OptionError, UsageError } from '../../errors.ts';
import { type AskedCamera, type CamerasAsked, splitName } from '../../options/cameras.ts';
import { type ChosenCamera, type Nameless, nameCameras } from './camera-names.ts';

/** How many virtual cameras a take has unless told otherwise. */
const DEFAULT_VIRTUAL = 2;

/**
 * A take's cameras, by their specs and with their names. Numbers are those of the machine's own cameras where it has a
 * stock program; else those of the virtual ones. A machine that has one never records virtual cameras unless they are
 * named by their spec.
 * @param given numbers and specs; or how many numbered cameras; undefined is all real ones, or two virtual ones.
 * @param program what runs stock cameras, where it was named.
 * @throws UsageError where there is no such camera, or the stock program can't tell.
 */
export async function chooseCameras(
  given: CamerasAsked | undefined,
  program?: string,
): Promise<readonly ChosenCamera[]> {
  if (typeof given === 'object') {
    return nameCameras(
      await givenCameras(
        given.map((camera, at) => ({ ...splitName(camera), at })),
        program,
      ),
    );
  }
  if (given === undefined) return nameCameras(await ownCameras(program));
  const { backend, cameras } = await numberedHere(program);
  const specs = cameras.flatMap(({ number, spec }) => (number === undefined ? [] : { number, spec }));
  if (given > specs.length) {
    const why = backend.program === undefined ? 'as have a number' : `as ${backend.program} finds`;
    throw new OptionError(
      'cameras',
      given,
      `must be a whole number from 1 to ${specs.length}, as many ${why} (see genlock cameras)`,
    );
  }
  return nameCameras(specs.slice(0, given));
}

/** A camera of this host that was given, and its place among all that were. */
export interface GivenCamera extends AskedCamera {
  readonly at: number;
}

/**
 * Cameras of this host that were given one by one.
 * @throws OptionError that names the one that is not there.
 */
export async function givenCameras(
  asked: readonly GivenCamera[],
  program: string | undefined,
): Promise<readonly Nameless[]> {
  if (!asked.some(({ camera }) => isNumber(camera))) {
    return asked.map(({ at, camera, ...called }) => ({ ...called, spec: cameraSpec(camera, [], named(at)) }));
  }
  const { backend, cameras } = await numberedHere(program);
  const specOf = (camera: string, at: number): string => {
    if (!isNumber(camera)) return cameraSpec(camera, [], named(at));
    const found = cameras.find(({ number }) => number === Number(camera));
    if (found !== undefined) return found.spec;
    if (backend.virtual) return cameraSpec(camera, [], named(at));
    const there = cameras.map(({ number }) => number).join(', ');
    throw new OptionError(
      named(at),
      camera,
      `no such camera; ${backend.program} finds ${there}; virtual ones are virtual:imx219 and the like`,
    );
  };
  return asked.map(({ at, camera, ...called }) => ({
    ...called,
    spec: specOf(camera, at),
    ...(isNumber(camera) && { number: Number(camera) }),
  }));
}

/**
 * The cameras of a take that is not told which: all of the machine's own, or two virtual ones on a machine that can
 * have none.
 * @param program what runs stock cameras, where it was named.
 * @throws UsageError where there is none, or the stock program can't tell.
 */
export async function ownCameras(program?: string): Promise<readonly FoundCamera[]> {
  const { backend, cameras } = await numberedHere(program);
  const numbered = cameras.filter(({ number }) => number !== undefined);
  return backend.virtual ? numbered.slice(0, DEFAULT_VIRTUAL) : numbered;
}

/** The camera at this place of those that were given, for errors. */
export const named = (at: number): string => `cameras[${at}]`;
const isNumber = (text: string): boolean => /^\d+$/.test(text);

/**
 * The backend whose cameras numbers stand for, and those: one with real cameras where there is one on this machine.
 * @throws UsageError where its program finds none, with its own words where it says why.
 */
async function numberedHere(program: string | undefined): Promise<CameraList & { readonly backend: CameraBackend }> {
  const realFirst = [...BACKENDS].sort((a, b) => Number(a.virtual ?? false) - Number(b.virtual ?? false));
  for (const backend of realFirst) {
    const list = await backend.list?.(backend.program === undefined ? undefined : program);
    if (list === undefined) continue;
    if (list.cameras.length > 0) return { ...list, backend };
    if (list.program === undefined) continue;
    const why = list.failed === undefined ? 'finds no camera' : `can't list its cameras: ${list.failed}`;
    throw new OptionError(
      'cameras',
      undefined,
      `${list.program} ${why}; see to that, or name virtual ones by their specs: virtual:imx219 virtual:imx708`,
    );
  }
  throw new UsageError('there is no camera that has a number: name one by its spec (see genlock cameras)');
}
