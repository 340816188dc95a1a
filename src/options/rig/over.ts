import { type CamerasAsked, type NamedCamera, splitName } from '../cameras.ts';
import type { TakeValues } from '../take.ts';

type Camera = number | string | NamedCamera;

/**
 * What a rig asks of a take, and over it, field by field, what a command line or a script does. A list of cameras takes
 * the place of the rig's; a camera in it has what the rig says of the one of that name, and the name alone is the rig's
 * camera. What is given for all cameras holds for each.
 * @param given a value that is there and undefined takes the rig's away.
 */
export function overRig({ frames, ...rig }: TakeValues, given: TakeValues): TakeValues {
  return {
    ...rig,
    // Else the rig's frames would override the seconds that are asked for.
    ...(frames !== undefined && given.seconds === undefined && { frames }),
    ...given,
    ...camerasOver(rig.cameras, given),
  };
}

function camerasOver(own: CamerasAsked | undefined, given: TakeValues): { readonly cameras?: CamerasAsked } {
  const known = new Map<string | undefined, Camera>(
    typeof own === 'object' ? own.map((camera) => [splitName(camera).name, camera]) : [],
  );
  const { cameras = own } = given;
  if (typeof cameras !== 'object') return cameras === undefined ? {} : { cameras };
  const asked = cameras === own ? own : cameras.map((camera) => withOwn(camera, known));
  return { cameras: asked.map((camera) => withoutGiven(camera, given)) };
}

/** A camera with what the rig says of its name. */
function withOwn(camera: Camera, known: ReadonlyMap<string | undefined, Camera>): Camera {
  const { name, ...asked } = splitName(camera);
  if (name === undefined) return (/\D/.test(asked.camera) && known.get(asked.camera)) || camera;
  const found = known.get(name);
  const own = { ...(found !== undefined && splitName(found).own), ...asked.own };
  return Object.keys(own).length === 0 ? camera : { name, camera: asked.camera, ...own };
}

/** A camera without what is given for all. */
function withoutGiven(camera: Camera, given: TakeValues): Camera {
  if (typeof camera !== 'object') return camera;
  const { name, camera: which, ...own } = camera;
  return { name, camera: which, ...Object.fromEntries(Object.entries(own).filter(([field]) => !(field in given))) };
}
