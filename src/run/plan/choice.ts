import type { CameraBackend, CameraList, FoundCamera } from '../../camera/backend.ts';
import { BACKENDS } from '../../camera/backends.ts';
import { cameraSpec } from '../../camera/open.ts';
import { OptionError, UsageError } from '../../errors.ts';
import { type CamerasAsked, type NamedCamera, splitName } from '../../options/cameras.ts';
import { type ChosenCamera, nameCameras } from './camera-names.ts';

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
  if (typeof given === 'object') return chooseGiven(given, program);
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

/** The cameras that were given one by one. */
async function chooseGiven(
  given: readonly (number | string | NamedCamera)[],
  program: string | undefined,
): Promise<readonly ChosenCamera[]> {
  const asked = given.map(splitName);
  if (!asked.some(({ camera }) => isNumber(camera))) {
    return nameCameras(
      asked.map(({ camera, ...called }, i) => ({ ...called, spec: cameraSpec(camera, [], named(i)) })),
    );
  }
  const { backend, cameras } = await numberedHere(program);
  const specOf = (camera: string, i: number): string => {
    if (!isNumber(camera)) return cameraSpec(camera, [], named(i));
    const found = cameras.find(({ number }) => number === Number(camera));
    if (found !== undefined) return found.spec;
    if (backend.virtual) return cameraSpec(camera, [], named(i));
    const there = cameras.map(({ number }) => number).join(', ');
    throw new OptionError(
      named(i),
      camera,
      `no such camera; ${backend.program} finds ${there}; virtual ones are virtual:imx219 and the like`,
    );
  };
  return nameCameras(
    asked.map(({ camera, ...called }, i) => ({
      ...called,
      spec: specOf(camera, i),
      ...(isNumber(camera) && { number: Number(camera) }),
    })),
  );
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

const named = (i: number): string => `cameras[${i}]`;
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
