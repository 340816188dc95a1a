import { type Kind, type ValueOf, whole, word } from './kinds.ts';
import { parseWhole } from './parse.ts';
import { SHARED } from './shared.ts';

/** What one camera of a take may have otherwise than the others. */
const OWN = { exposureUs: SHARED.exposureUs, gain: SHARED.gain, awbGains: SHARED.awbGains };

/** What one camera of a take has otherwise than the others; what is left out is as for all. */
export type CameraOwn = { readonly [Name in keyof typeof OWN]?: ValueOf<(typeof OWN)[Name]['kind']> | undefined };

/** A camera that has a name of its own in the take. */
export interface NamedCamera {
  /** What it is called in file names, tables and reports: letters, digits, `-` and `_`, at most 64. */
  readonly name: string;
  /** Which one: a number or a spec. */
  readonly camera: number | string;
  /** Fixed exposure of this camera, in us. Default: as for all. */
  readonly exposureUs?: number | undefined;
  /** Fixed gain of this camera, a factor. Default: as for all. */
  readonly gain?: number | undefined;
  /** Fixed colour gains of this camera, factors: red, blue. Default: as for all. */
  readonly awbGains?: readonly [number, number] | undefined;
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

/** What a field of a camera takes, and whether it is that. */
interface CameraField {
  readonly takes: string;
  readonly schema: Kind<unknown>['schema'];
  readonly help: string;
  is(given: unknown): boolean;
}

const WHICH = {
  anyOf: [
    { type: 'integer', minimum: 0 },
    { type: 'string', minLength: 1 },
  ],
};

const field = ({ takes, schema, check }: Kind<unknown>, help: string): CameraField => ({
  ...{ takes, schema, help },
  is: (given) => check(given) !== undefined,
});

/** The fields of a `NamedCamera`; all but the first two may be left out. */
export const CAMERA_FIELDS: Readonly<Record<string, CameraField>> = {
  name: field(word as Kind<unknown>, 'what the camera is called in file names, tables and reports'),
  camera: {
    takes: 'the number or the spec of a camera',
    schema: WHICH,
    help: 'which camera: a number or a spec such as rpicam:0; see genlock cameras',
    is: isCamera,
  },
  ...Object.fromEntries(
    Object.entries(OWN).map(([name, { kind, help, about }]) => [
      name,
      field(kind as Kind<unknown, unknown>, `${about ?? help}, of this camera`),
    ]),
  ),
};

/** What is wrong with one of a take's cameras: the field where it is one of it, and what would be right. */
export interface CameraFault {
  readonly field?: string;
  readonly text: string;
}

/** @returns undefined where it is a camera. */
export function cameraFault(given: unknown): CameraFault | undefined {
  if (isCamera(given)) return undefined;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return { text: 'must be a number, a spec, or an object with a name and a camera' };
  }
  for (const [field, value] of Object.entries(given)) {
    const known = Object.hasOwn(CAMERA_FIELDS, field) ? CAMERA_FIELDS[field] : undefined;
    if (known === undefined) return { field, text: 'is no field of a camera' };
    if (value !== undefined && !known.is(value)) return { field, text: `must be ${known.takes}` };
  }
  const missing = ['name', 'camera'].find((field) => (given as Record<string, unknown>)[field] === undefined);
  return missing === undefined ? undefined : { text: `lacks its ${missing}` };
}

/** The cameras of a take; whether they are there is asked where they are opened. */
export const cameras: Kind<CamerasAsked> = {
  takes: 'how many, or at least one camera by number or spec, with a name in front if wanted: left=rpicam:1',
  schema: {
    anyOf: [
      whole(1, MOST).schema,
      {
        type: 'array',
        minItems: 1,
        items: {
          anyOf: [
            ...WHICH.anyOf,
            {
              type: 'object',
              properties: Object.fromEntries(
                Object.entries(CAMERA_FIELDS).map(([name, { schema, help }]) => [
                  name,
                  { ...schema, description: help },
                ]),
              ),
              required: ['name', 'camera'],
              additionalProperties: false,
            },
          ],
        },
      },
    ],
  },
  read: (flag, text) => parseWhole(flag, text, 1, MOST),
  check: (given) => {
    if (typeof given === 'number') return Number.isInteger(given) && given > 0 && given <= MOST ? given : undefined;
    const all = Array.isArray(given) && given.length > 0 && given.every((each) => cameraFault(each) === undefined);
    return all ? given : undefined;
  },
  print: String,
};

/** What stands in front of an `=` that a spec can't have: specs have a colon or a question mark before theirs. */
const WITH_NAME = /^([^:?=/\\]*)=(.*)$/s;

/** A camera that was asked for, in parts. */
export interface AskedCamera {
  readonly name?: string;
  readonly camera: string;
  readonly own?: CameraOwn;
}

/** Takes a name off a camera: `left=0` is camera `0`, called `left`. */
export function splitName(asked: number | string | NamedCamera): AskedCamera {
  if (typeof asked === 'object') {
    const { name, camera, ...own } = asked;
    return { name, camera: String(camera), ...(Object.keys(own).length > 0 && { own }) };
  }
  const [, name, camera] = WITH_NAME.exec(String(asked)) ?? [];
  return name === undefined || camera === undefined ? { camera: String(asked) } : { name, camera };
}

/** In front of a camera, the host of the rig that has it: `pi2/rpicam:0`. Specs have a colon in front of theirs. */
const WITH_HOST = /^([A-Za-z0-9][A-Za-z0-9_-]{0,62})\/(.+)$/s;

/** Takes a host off a camera: `pi2/0` is camera `0` of `pi2`. */
export function splitHost(camera: string): { readonly host?: string; readonly camera: string } {
  const [, host, own] = WITH_HOST.exec(camera) ?? [];
  return host === undefined || own === undefined ? { camera } : { host, camera: own };
}
