import { UsageError } from '../../errors.ts';
import { SUPERVISED } from './ipc.ts';

/** The environment variable that makes `genlock vid` behave as stock rpicam-vid: `on`, or failures such as `drop=0.01,crash=7s`. */
export const STAND_IN = 'GENLOCK_STAND_IN';

/** How a camera that stands in for a stock one behaves, and fails. Times count from the synchronisation point, in us. */
export interface StandIn {
  /** Share of frames that the camera drops, 0 to 0.9. */
  readonly drop: number;
  /** Frames before this are not recorded. */
  readonly lateUs: number;
  /** From here on no frame comes any more. */
  readonly stallUs: number;
  /** Here the process dies. */
  readonly crashUs: number;
  /** False where the metadata has no `FrameWallClock`, as with older libcamera. */
  readonly wallClock: boolean;
}

const FORM = `${STAND_IN}: on, or a list of drop=0.01, late=2s, stall=5s, crash=7s, no-wallclock`;

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

/** Reads a list of failures; an empty one and `on` are none. @throws UsageError that names the part that is wrong. */
export function parseStandIn(text: string): StandIn {
  const never = Number.POSITIVE_INFINITY;
  const standIn = { drop: 0, lateUs: 0, stallUs: never, crashUs: never, wallClock: true };
  for (const part of text.split(',').filter((each) => each !== '' && each !== 'on')) {
    const [, name, value = ''] = /^([a-z-]+)(?:=(.*))?$/.exec(part) ?? [];
    if (part === 'no-wallclock') standIn.wallClock = false;
    else if (name === 'drop') standIn.drop = share(part, value);
    else if (name === 'late') standIn.lateUs = seconds(part, value);
    else if (name === 'stall') standIn.stallUs = seconds(part, value);
    else if (name === 'crash') standIn.crashUs = seconds(part, value);
    else throw new UsageError(`${part}: unknown; ${FORM}`);
  }
  return standIn;
}

function share(part: string, text: string): number {
  const value = text === '' ? Number.NaN : Number(text);
  if (value >= 0 && value <= 0.9) return value;
  throw new UsageError(`${part}: must be a share from 0 to 0.9; ${FORM}`);
}

function seconds(part: string, text: string): number {
  const [, number] = /^(\d+(?:\.\d+)?)s$/.exec(text) ?? [];
  if (number !== undefined) return Number(number) * 1e6;
  throw new UsageError(`${part}: must be seconds such as 2s; ${FORM}`);
}
