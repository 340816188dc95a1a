import { UsageError } from '../../errors.ts';
import { SUPERVISED } from '../camera/ipc.ts';

/**
 * The environment variable that makes `genlock vid` behave as stock rpicam-vid: `on`, or a list such as
 * `drop=0.01,crash=7s`.
 */
export const STAND_IN = 'GENLOCK_STAND_IN';

/**
 * How a camera that stands in for a stock one behaves, and fails. Times are in us; what is undefined is as with most
 * cameras.
 */
export interface StandIn {
  /** Share of frames that the camera drops, 0 to 0.9. */
  readonly drop: number;
  /** Frames before this are not recorded; counted from the synchronisation point, as the next two are. */
  readonly lateUs: number;
  /** From here on no frame comes any more. */
  readonly stallUs: number;
  /** Here the process dies. */
  readonly crashUs: number;
  /** What `FrameWallClock` is in: ns, or us as up to libcamera 0.5.1; `none` where older metadata have none. */
  readonly wallClock: 'ns' | 'us' | 'none';
  /** A frame and its metadata come out of the encoder so many frames later. */
  readonly encoderFrames: number;
  /** False where no debug lines are logged, whatever `LIBCAMERA_LOG_LEVELS` says. */
  readonly log: boolean;
  /** From the frame that took an order to the one that it shapes. */
  readonly orderFrames?: number | undefined;
  /** After so long, again and again, that is a frame more, then again one less. */
  readonly orderMovesUs: number;
  /** Lengths are rounded to lines, not floored. */
  readonly rounds: boolean;
  /** Frames that come sooner than this after the last one on which the algorithm ran are left out by it. */
  readonly skipBelowUs?: number | undefined;
  /** How many cameras there are, those of numbers 0, 1, ... */
  readonly cameras: number;
  /** Sensors of the cameras, camera 0 first, over and over; undefined: imx219 all. */
  readonly models?: readonly string[] | undefined;
}

/** How many cameras there are unless told otherwise: as many as a Raspberry Pi 5 has ports for; and at most. */
const CAMERAS = { usual: 2, most: 8 };

type Part = (standIn: Writable, value: string) => boolean;
type Writable = { -readonly [Key in keyof StandIn]: StandIn[Key] };

/** Each part by its name; they answer whether the value is one. */
const PARTS: Readonly<Record<string, readonly [form: string, read: Part]>> = {
  drop: ['drop=0.01', (into, text) => set(into, 'drop', number(text, 0.9))],
  late: [
    'late=2s (or late=8 for so many frames in the encoder)',
    (into, text) => set(into, 'lateUs', time(text)) || set(into, 'encoderFrames', number(text, 60, true)),
  ],
  stall: ['stall=5s', (into, text) => set(into, 'stallUs', time(text))],
  crash: ['crash=7s', (into, text) => set(into, 'crashUs', time(text))],
  'no-wallclock': ['no-wallclock', (into, text) => text === '' && set(into, 'wallClock', 'none')],
  'wallclock-us': ['wallclock-us', (into, text) => text === '' && set(into, 'wallClock', 'us')],
  'no-log': ['no-log', (into, text) => text === '' && set(into, 'log', false)],
  x: ['x=4', (into, text) => set(into, 'orderFrames', number(text, 9, true))],
  'x-moves': ['x-moves=20s', (into, text) => set(into, 'orderMovesUs', time(text))],
  rounds: ['rounds', (into, text) => text === '' && set(into, 'rounds', true)],
  'skip-below': ['skip-below=30ms', (into, text) => set(into, 'skipBelowUs', time(text))],
  cameras: ['cameras=4', (into, text) => set(into, 'cameras', count(text, CAMERAS.most))],
  models: ['models=imx219+imx708', (into, text) => text !== '' && set(into, 'models', text.split('+'))],
};

const FORM = `${STAND_IN}: on, or a list of ${Object.values(PARTS)
  .map(([form]) => form)
  .join(', ')}`;

/**
 * What the environment asks for; undefined where this process is genlock and nothing else.
 * @throws UsageError that names the part that is wrong.
 */
export function standInHere(environment: NodeJS.ProcessEnv = process.env): StandIn | undefined {
  // The cameras of a take are genlock's own, whatever stands in for its stock ones.
  if (environment[SUPERVISED] !== undefined) return undefined;
  const text = environment[STAND_IN];
  return text === undefined ? undefined : parseStandIn(text);
}

/**
 * Reads a list of what is other than usual; an empty one and `on` are nothing.
 * @throws UsageError that names the part that is wrong.
 */
export function parseStandIn(text: string): StandIn {
  const never = Number.POSITIVE_INFINITY;
  const standIn: Writable = {
    drop: 0,
    lateUs: 0,
    stallUs: never,
    crashUs: never,
    wallClock: 'ns',
    encoderFrames: 0,
    log: true,
    orderMovesUs: never,
    rounds: false,
    cameras: CAMERAS.usual,
  };
  for (const part of text.split(',').filter((each) => each !== '' && each !== 'on')) {
    const [, name = '', value = ''] = /^([a-z-]+)(?:=(.*))?$/.exec(part) ?? [];
    const [form, read] = Object.hasOwn(PARTS, name) ? (PARTS[name] ?? []) : [];
    if (read === undefined) throw new UsageError(`${part}: unknown; ${FORM}`);
    if (!read(standIn, value)) throw new UsageError(`${part}: the form is ${form}; ${FORM}`);
  }
  return standIn;
}

function set<Key extends keyof StandIn>(into: Writable, key: Key, value: StandIn[Key] | undefined): boolean {
  if (value !== undefined) into[key] = value;
  return value !== undefined;
}

function number(text: string, most: number, whole = false): number | undefined {
  const value = text === '' ? Number.NaN : Number(text);
  return value >= 0 && value <= most && (!whole || Number.isInteger(value)) ? value : undefined;
}

const count = (text: string, most: number): number | undefined => number(text, most, true) || undefined;

function time(text: string): number | undefined {
  const [, value, unit] = /^(\d+(?:\.\d+)?)(s|ms)$/.exec(text) ?? [];
  return value === undefined ? undefined : Number(value) * (unit === 's' ? 1e6 : 1e3);
}
