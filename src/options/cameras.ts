import type { Kind } from './kinds.ts';
import { parseWhole } from './parse.ts';

/** How many numbered cameras, or the cameras themselves, by number or spec. */
export type CamerasAsked = number | readonly (number | string)[];

/** As many as a take may have. */
const MOST = 64;

const isCamera = (given: unknown): boolean =>
  (Number.isInteger(given) && (given as number) >= 0) || (typeof given === 'string' && given !== '');

/** The cameras of a take; whether they are there is asked where they are opened. */
export const cameras: Kind<CamerasAsked> = {
  takes: 'how many, or at least one camera by number or spec',
  read: (flag, text) => parseWhole(flag, text, 1, MOST),
  check: (given) => {
    if (typeof given === 'number') return Number.isInteger(given) && given > 0 && given <= MOST ? given : undefined;
    return Array.isArray(given) && given.length > 0 && given.every(isCamera) ? given : undefined;
  },
  print: String,
};
