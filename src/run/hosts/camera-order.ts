import { z } from 'zod';
import { isStock } from '../../camera/backends.ts';
import { UsageError } from '../../errors.ts';
import { DEFAULT_INTERFACE, resolveInterface } from '../../host/interfaces.ts';
import { NAME, NAME_WORDS } from '../../hosts/name.ts';
import { checkTake, settleTake, type TakeAsked, takeOptionList } from '../../options/take.ts';
import type { TakeTie } from '../camera/ipc.ts';
import { nameOf } from '../files/folder.ts';
import { optionsOf, type TakeOptions } from '../plan/options.ts';

const name = z.string().regex(NAME, `must be a name: ${NAME_WORDS}`);

const orderSchema = z.object({
  take: name,
  camera: name,
  number: z.int().min(0).max(9999),
  spec: z.string().max(4000),
  run: z.int().min(0).max(9999),
  led: z.boolean(),
  frames: z.int().min(1).optional(),
  options: z.record(z.string(), z.unknown()),
  tie: z.object({
    session: z
      .string()
      .regex(/^[0-9a-f]{16}$/)
      .optional(),
    channel: z.boolean().optional(),
    lateFrames: z.int().min(0).max(1_000_000).optional(),
    signed: z.boolean().optional(),
  }),
});

/** What a host is to do for a take: run one process of one camera. JSON. */
export interface CameraOrder {
  /** What the take is called: its folder on that host is called so, where takes are. */
  readonly take: string;
  /** What the camera is called: its files' names begin with it. */
  readonly camera: string;
  /** The camera's place in the take: 0 is the server, unless `led`. */
  readonly number: number;
  /** The camera, as its own host names it. */
  readonly spec: string;
  /** Counts the camera's processes from 0: each records into files of its own. */
  readonly run: number;
  /** Whoever asks is the server, and all cameras follow. */
  readonly led: boolean;
  /** Frames to record; undefined goes on until told to stop. */
  readonly frames?: number | undefined;
  /** The take's options that each camera's process is told of, as a script gives them. */
  readonly options: TakeAsked;
  /** What ties the camera to the take besides. */
  readonly tie: Pick<TakeTie, 'session' | 'channel' | 'lateFrames' | 'signed'>;
}

/** An option that shapes the files of a camera, and that no process is told of: their names say it. */
const OF_FILES: ReadonlySet<string> = new Set(['format']);

/**
 * What the host of a take's camera is told.
 * @param number the camera's place in the take.
 * @param run counts its processes from 0.
 */
export function cameraOrder(
  number: number,
  run: number,
  options: TakeOptions,
  { session, channel, lateFrames, signed }: TakeTie,
  led = false,
): CameraOrder {
  const { folder, names, specs, frames } = options;
  const [camera, spec] = [names[number] as string, specs[number] as string];
  const tie = { session, lateFrames, ...(channel !== undefined && { channel }), ...(signed && { signed }) };
  return { take: nameOf(folder), camera, number, spec, run, led, frames, options: askedOf(number, options), tie };
}

/** Of the table what the camera's host needs. */
const askedOf = (number: number, options: TakeOptions): TakeAsked =>
  Object.fromEntries(
    takeOptionList.flatMap(([option, { cameras, kind }]) => {
      const value = optionsOf(number, options)[option as keyof TakeOptions];
      if (value === undefined || !(cameras || OF_FILES.has(option))) return [];
      return [[option, kind.give?.(value) ?? value]];
    }),
  );

/** What came from another host as an order. @throws UsageError that names what is wrong with it. */
export function readCameraOrder(given: unknown): CameraOrder {
  const read = orderSchema.safeParse(given);
  if (!read.success) {
    const { path, message } = read.error.issues[0] as z.core.$ZodIssue;
    throw new UsageError(`an order of another version, or none: ${path.join('.')} ${message}`);
  }
  const { spec } = read.data;
  if (isStock(spec)) throw new UsageError(`${spec}: stock cameras of other hosts can't be in a take`);
  return read.data as CameraOrder;
}

/**
 * What the order's camera is recorded with on this host.
 * @param folder of the take on this host.
 * @throws OptionError where an option can't be used as it was given.
 */
export function optionsOfOrder({ number, spec, camera, frames, options }: CameraOrder, folder: string): TakeOptions {
  const {
    cameras: _,
    hosts: __,
    seconds: ___,
    output: ____,
    interface: _____,
    ...settled
  } = settleTake(checkTake(options));
  // The places of the others are kept: they are on other hosts.
  const places = <T>(value: T): T[] => Array.from({ length: number + 1 }, () => value);
  // Whatever the camera is, its server is elsewhere.
  const interfaces = resolveInterface(undefined) ?? [DEFAULT_INTERFACE];
  return { ...settled, folder, specs: places(spec), names: places(camera), frames, interfaces };
}
