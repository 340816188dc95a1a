import { UsageError } from '../errors.ts';
import { parseJson } from '../regular-file.ts';

/** What a tuning file's `rpi.sync` section can set; what is left out stays as it is. */
export interface SyncTuning {
  /** Multicast address. */
  readonly group?: string;
  readonly port?: number;
  /** Frames from one message of the server to the next. */
  readonly syncPeriod?: number;
  /** Frames that a server counts before the recording begins. */
  readonly readyFrame?: number;
  /** Corrections below this are not made, us. */
  readonly minAdjustmentUs?: number;
}

/** The section's name in tuning files. */
export const SYNC_SECTION = 'rpi.sync';

/** What its settings are called there. */
const NAMES = {
  group: 'group',
  port: 'port',
  syncPeriod: 'sync_period',
  readyFrame: 'ready_frame',
  minAdjustmentUs: 'min_adjustment',
} as const satisfies Record<keyof SyncTuning, string>;

/** What an `rpi.sync` section says; what it gives as something else than a text or a number is left out. */
export function readSection(section: Readonly<Record<string, unknown>>): SyncTuning {
  const read = Object.entries(NAMES).flatMap(([key, name]) => {
    const value = section[name];
    return typeof value === (key === 'group' ? 'string' : 'number') ? [[key, value]] : [];
  });
  return Object.fromEntries(read);
}

/**
 * A camera's tuning file with these settings of synchronisation in it, and all else as it is.
 * Throws a UsageError where the text is no tuning file of version 2.
 * @param text The installed file's content.
 * @param file Named in errors.
 */
export function deriveTuning(text: string, sync: SyncTuning, file: string): string {
  const tuning = parse(text, file);
  const settings = Object.entries(NAMES).map(([key, name]) => [name, sync[key as keyof SyncTuning]]);
  const added = Object.fromEntries(settings.filter(([, value]) => value !== undefined));
  const has = tuning.algorithms.some((algorithm) => SYNC_SECTION in algorithm);
  const algorithms = has
    ? tuning.algorithms.map((each) =>
        SYNC_SECTION in each ? { ...each, [SYNC_SECTION]: { ...section(each), ...added } } : each,
      )
    : [...tuning.algorithms, { [SYNC_SECTION]: added }];
  return `${JSON.stringify({ ...tuning, algorithms }, undefined, 4)}\n`;
}

/**
 * The settings of synchronisation in a tuning file; undefined where it has no `rpi.sync` section. Throws as
 * `deriveTuning` does.
 */
export function readSyncTuning(text: string, file: string): SyncTuning | undefined {
  const found = parse(text, file).algorithms.find((algorithm) => SYNC_SECTION in algorithm);
  return found && readSection(section(found));
}

type Algorithm = Readonly<Record<string, unknown>>;

const section = (algorithm: Algorithm): Record<string, unknown> =>
  (algorithm[SYNC_SECTION] ?? {}) as Record<string, unknown>;

function parse(text: string, file: string): { readonly algorithms: readonly Algorithm[] } {
  let value: unknown;
  try {
    value = parseJson(text, file);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`${file}: no tuning file: ${(cause as Error).message}`, { cause });
  }
  const { version, algorithms } = (value ?? {}) as { version?: unknown; algorithms?: unknown };
  if (typeof version !== 'number' || version < 2 || !Array.isArray(algorithms) || !algorithms.every(isObject)) {
    throw new UsageError(`${file}: no tuning file of version 2.0 with a list of "algorithms"`);
  }
  return value as { algorithms: Algorithm[] };
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
