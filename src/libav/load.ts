import type * as Constants from 'node-av/constants';
import type * as Lib from 'node-av/lib';
import { UsageError } from '../errors.ts';

/** FFmpeg in process: node-av's low level classes and FFmpeg's constants. */
export type Libav = typeof Lib & { readonly constants: typeof Constants };

let loading: Promise<Libav | UsageError> | undefined;

/**
 * node-av, loaded once, with FFmpeg's own log switched off; or one line that says what is missing and how to get it.
 */
export function loadLibav(): Promise<Libav | UsageError> {
  loading ??= load();
  return loading;
}

/** node-av, or throws the line that `loadLibav` returns. */
export async function requireLibav(): Promise<Libav> {
  const libav = await loadLibav();
  if (libav instanceof Error) throw libav;
  return libav;
}

/**
 * What is missing where node-av can't be loaded.
 * @param cause What `import('node-av/lib')` threw.
 */
export function describeMissing(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  const code = (cause as { code?: unknown } | undefined)?.code;
  if (code === 'ERR_MODULE_NOT_FOUND') return 'node-av is not installed; get it with: npm install node-av';
  const platform = `${process.platform}-${process.arch}`;
  const reason = text.split('\n').find((line) => line.includes('failed')) ?? text.split('\n')[0] ?? '';
  return `node-av does not load on ${platform} (${reason.trim()}); get it with: npm install node-av`;
}

async function load(): Promise<Libav | UsageError> {
  try {
    // The root of the package also loads WebRTC and more, ten times as long; only these two are needed.
    const [lib, constants] = await Promise.all([import('node-av/lib'), import('node-av/constants')]);
    lib.Log.setLevel(constants.AV_LOG_QUIET);
    return { ...lib, constants };
  } catch (cause) {
    return new UsageError(describeMissing(cause), { cause });
  }
}
