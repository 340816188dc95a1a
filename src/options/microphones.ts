import { UsageError } from '../errors.ts';
import { MICROPHONE_FORMS, parseMicrophone } from '../microphone/spec.ts';
import { splitName } from './cameras.ts';
import type { Kind } from './kinds.ts';

/** As many as a take may have. */
const MOST = 16;
/** What a command line says for none, in the place of what a rig file has. */
const NONE = 'none';

/** A microphone that was asked for. */
export interface AskedMicrophone {
  readonly name?: string;
  readonly spec: string;
}

/** Takes a name off a microphone: `boom=alsa:hw:1` is `alsa:hw:1`, called `boom`. */
export function splitMicrophone(asked: string): AskedMicrophone {
  const { name, camera } = splitName(asked);
  return { ...(name !== undefined && { name }), spec: camera };
}

function isMicrophone(given: unknown): given is string {
  if (typeof given !== 'string') return false;
  try {
    parseMicrophone(splitMicrophone(given).spec);
    return true;
  } catch {
    return false;
  }
}

/** The microphones of a take, each a spec with a name in front if wanted; no device is looked for. */
export const microphones: Kind<readonly string[], string | readonly string[]> = {
  takes: `up to ${MOST} microphones: ${MICROPHONE_FORMS}, with a name in front if wanted: boom=alsa:hw:1`,
  schema: {
    anyOf: [
      { type: 'string', minLength: 1 },
      { type: 'array', maxItems: MOST, items: { type: 'string', minLength: 1 } },
    ],
  },
  read: (flag, text) => {
    if (text === NONE) return [];
    try {
      parseMicrophone(splitMicrophone(text).spec);
    } catch (cause) {
      throw new UsageError(`${flag} ${(cause as Error).message.replace(/^sound /, '')}`, { cause });
    }
    return [text];
  },
  check: (given) => {
    const all = typeof given === 'string' ? [given] : given;
    return Array.isArray(all) && all.length <= MOST && all.every(isMicrophone) ? all : undefined;
  },
  print: (value) => value.join(' '),
};
