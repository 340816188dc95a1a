import { stockNumber } from '../../camera/rpicam/spec.ts';
import { OptionError } from '../../errors.ts';
import type { CameraOwn } from '../../options/cameras.ts';
import { TAKE_WORD } from '../../take-words.ts';

/** A camera of a take. */
export interface ChosenCamera {
  /** What it is called: its files' names begin with it. */
  readonly name: string;
  readonly spec: string;
  /** The host of the rig that has it, where one was named. */
  readonly host?: string | undefined;
  /** What it has otherwise than the others. */
  readonly own?: CameraOwn | undefined;
}

/** A camera as it was found, with what is known of its name. */
export interface Nameless {
  readonly spec: string;
  /** The host of the rig that has it, where one was named. */
  readonly host?: string | undefined;
  /** As a user gave it. */
  readonly name?: string | undefined;
  /** What the machine counts it as. */
  readonly number?: number | undefined;
  readonly own?: CameraOwn | undefined;
}

/**
 * Gives each camera of a take its name: the one that it was given, else `cam` and its number where all cameras of its
 * host have one (`--camera 1 0` are cam1 and cam0), or else its place among them; behind the host's name where that was
 * named (`pi2-cam0`).
 * @throws OptionError that names the camera whose name can't be one, or is another's too.
 */
export function nameCameras(cameras: readonly Nameless[]): readonly ChosenCamera[] {
  const named = cameras.map((camera): ChosenCamera => {
    const { name, spec, host, own } = camera;
    return { name: name ?? usualName(camera, cameras), spec, ...(host !== undefined && { host }), ...(own && { own }) };
  });
  for (const [i, { name }] of named.entries()) refuseName(name, named.slice(0, i), i);
  return named;
}

function usualName(camera: Nameless, all: readonly Nameless[]): string {
  const ofHost = all.filter(({ host }) => host === camera.host);
  const numbers = ofHost.map(({ spec, number }) => number ?? stockNumber(spec));
  const byNumber = numbers.every((number) => number !== undefined) && new Set(numbers).size === numbers.length;
  const at = ofHost.indexOf(camera);
  return `${camera.host === undefined ? '' : `${camera.host}-`}cam${byNumber ? numbers[at] : at}`;
}

function refuseName(name: string, before: readonly ChosenCamera[], i: number): void {
  const refuse = (why: string): OptionError => new OptionError(`cameras[${i}]`, name, why);
  if (!TAKE_WORD.test(name) || name.startsWith('-')) {
    throw refuse('is no name for a camera: give letters, digits, - and _, not a - first, 64 at most (left=0)');
  }
  for (const { name: other } of before) {
    // File systems differ in whether case tells two names apart.
    const [one, two] = [name.toLowerCase(), other.toLowerCase()];
    if (one === two) throw refuse('two cameras have this name; give each one of its own (left=0 right=1)');
    if (isPart(one, two) || isPart(two, one)) {
      throw refuse(`${other} and ${name} can't be told apart in the names of files; call one of them something else`);
    }
  }
}

/** A camera that is started again in mid-take goes on in a file whose name has a number behind: `left-2.mp4`. */
const isPart = (name: string, of: string): boolean => name.startsWith(of) && /^-\d+$/.test(name.slice(of.length));
