import { TAKE_WORD } from '../take-words.ts';
import type { Kind } from './kinds.ts';
import { parseWhole } from './parse.ts';

/** A camera that has a name of its own in the take. */
export interface NamedCamera {
  /** What it is called in file names, tables and reports: letters, digits, `-` and `_`, at most 64. */
  readonly name: string;
  /** Which one: a number or a spec. */
  readonly camera: number | string;
}

/**
 * How many numbered cameras, or the cameras themselves: by number or spec, `left=rpicam:1` and a `NamedCamera` with a
 * name.
 */
export type CamerasAsked = number | readonly (number | string | NamedCamera)[];

/** As many as a take may have. */
const MOST = 64;

const isCamera = (given: unknown): boolean =>
  (Number.isInteger(given) && (given as number) >= 0) || (typeof given === 'string' && given !== '');

const isNamed = (given: unknown): given is NamedCamera => {
  const { name, camera } = (given ?? {}) as Partial<NamedCamera>;
  return typeof name === 'string' && TAKE_WORD.test(name) && isCamera(camera);
};

/** The cameras of a take; whether they are there is asked where they are opened. */
export const cameras: Kind<CamerasAsked> = {
  takes: 'how many, or at least one camera by number or spec, with a name in front if wanted: left=rpicam:1',
  read: (flag, text) => parseWhole(flag, text, 1, MOST),
  check: (given) => {
    if (typeof given === 'number') return Number.isInteger(given) && given > 0 && given <= MOST ? given : undefined;
    const all = (each: unknown): boolean => isCamera(each) || isNamed(each);
    return Array.isArray(given) && given.length > 0 && given.every(all) ? given : undefined;
  },
  print: String,
};

/** What stands in front of an `=` that a spec can't have: specs have a colon or a question mark before theirs. */
const WITH_NAME = /^([^:?=/\\]*)=(.*)$/s;

/** Takes a name off a camera: `left=0` is camera `0`, called `left`. */
export function splitName(asked: number | string | NamedCamera): { readonly name?: string; readonly camera: string } {
  if (typeof asked === 'object') return { name: asked.name, camera: String(asked.camera) };
  const [, name, camera] = WITH_NAME.exec(String(asked)) ?? [];
  return name === undefined || camera === undefined ? { camera: String(asked) } : { name, camera };
}
