import { FailureError, OptionError } from '../errors.ts';
import type { Clock } from '../time/clock.ts';
import type { CameraBackend } from './backend.ts';
import { BACKENDS, backendOf } from './backends.ts';
import type { Camera, CameraRequest } from './camera.ts';
import { CheckedCamera } from './checked.ts';

/**
 * The spec of a camera as a user names it: a number, or a spec as it is. Numbers are those of cameras that this program
 * opens.
 * @param own Cameras of the user's own, which come first.
 * @param option What names it, for messages: `camera`, or `cameras[1]` of a take.
 * @throws OptionError where there is no such camera.
 */
export function cameraSpec(given: string, own: readonly CameraBackend[] = [], option = 'camera'): string {
  const numbered = numberedSpecs();
  if (/^\d+$/.test(given)) {
    const spec = numbered[Number(given)];
    if (spec !== undefined) return spec;
    throw new OptionError(option, given, `no such camera; there are 0 to ${numbered.length - 1} (see genlock cameras)`);
  }
  const backend = backendOf(given, own) ?? backendOf(given);
  if (backend !== undefined) return backend.check?.(given) ?? given;
  const device = /^\/dev\/video\d+$/.test(given) ? `, for this device v4l2:${given}` : '';
  const several = /^\w+(,\w+)+$/.test(given) ? `; several have spaces between them: ${given.split(',').join(' ')}` : '';
  const forms = [...own, ...BACKENDS].map(({ help }) => help.form);
  throw new OptionError(
    option,
    given,
    `no such camera; give a number from 0 to ${numbered.length - 1}, ` +
      `${forms.slice(0, -1).join(', ')} or ${forms.at(-1)}${device}${several}`,
  );
}

const numberedSpecs = (): readonly string[] => BACKENDS.flatMap(({ numbered }) => numbered ?? []);

/** A camera that can be named by a number. */
export interface NumberedCamera {
  readonly number: number;
  readonly spec: string;
  readonly virtual: boolean;
}

/** The cameras that this program opens by their number. */
export const numberedCameras = (): NumberedCamera[] =>
  numberedSpecs().map((spec, number) => ({ number, spec, virtual: backendOf(spec)?.virtual === true }));

/**
 * Opens the camera that a request names, by its spec.
 * @param own Cameras of the user's own, which come first; each is held to what `Camera` says.
 * @throws UsageError where there is no such camera, or it can't be had as asked, or another program runs it.
 */
export async function openCamera(
  request: CameraRequest,
  clock: Clock,
  own: readonly CameraBackend[] = [],
): Promise<Camera> {
  if (request.signal?.aborted) throw new FailureError(`camera ${request.spec}: was given up before it was opened`);
  const mine = backendOf(request.spec, own);
  if (mine !== undefined) return new CheckedCamera(await mine.open(request, clock), request);
  const backend = backendOf(request.spec);
  if (backend === undefined) throw new OptionError('camera', request.spec, 'no camera has specs of this kind');
  return backend.open(request, clock);
}
