import { stockNumber } from '../../camera/rpicam/spec.ts';
import { OptionError } from '../../errors.ts';
import type { CameraOwn } from '../../options/cameras.ts';
import { TAKE_WORD } from '../../take-words.ts';

/** A camera of a take. */
export interface ChosenCamera {
  /** What it is called: its files' names begin with it. */
  readonly name: string;
  readonly spec: string;
  /** What it has otherwise than the others. */
  readonly own?: CameraOwn | undefined;
}

/** A camera as it was found, with what is known of its name. */
interface Nameless {
  readonly spec: string;
  /** As a user gave it. */
  readonly name?: string | undefined;
  /** What the machine counts it as. */
  readonly number?: number | undefined;
  readonly own?: CameraOwn | undefined;
}

/**
 * Gives each camera of a take its name: the one that it was given, else `cam` and its number where all cameras have one
 * (`--camera 1 0` are cam1 and cam0), or else its place.
 * @throws OptionError that names the camera whose name can't be one, or is another's too.
 */
export function nameCameras(cameras: readonly Nameless[]): readonly ChosenCamera[] {
  const numbers = cameras.map(({ spec, number }) => number ?? stockNumber(spec));
  const byNumber = numbers.every((number) => number !== undefined) && new Set(numbers).size === numbers.length;
  const named = cameras.map(({ name, spec, own }, i) => ({
    name: name ?? `cam${byNumber ? numbers[i] : i}`,
    spec,
    ...(own && { own }),
  }));
  for (const [i, { name }] of named.entries()) refuseName(name, named.slice(0, i), i);
  return named;
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
