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

const SECTION = 'rpi.sync';

/**
 * A camera's tuning file with these settings of synchronisation in it, and all else as it is.
 * Throws a UsageError where the text is no tuning file of version 2.
 * @param text The installed file's content.
 * @param file Named in errors.
 */
export function deriveTuning(text: string, sync: SyncTuning, file: string): string {
  const tuning = parse(text, file);
  const settings = Object.entries({
    group: sync.group,
    port: sync.port,
    sync_period: sync.syncPeriod,
    ready_frame: sync.readyFrame,
    min_adjustment: sync.minAdjustmentUs,
  }).filter(([, value]) => value !== undefined);
  const added = Object.fromEntries(settings);
  const has = tuning.algorithms.some((algorithm) => SECTION in algorithm);
  const algorithms = has
    ? tuning.algorithms.map((each) => (SECTION in each ? { ...each, [SECTION]: { ...section(each), ...added } } : each))
    : [...tuning.algorithms, { [SECTION]: added }];
  return `${JSON.stringify({ ...tuning, algorithms }, undefined, 4)}\n`;
}

/** The settings of synchronisation in a tuning file; undefined where it has no `rpi.sync` section. Throws as `deriveTuning` does. */
export function readSyncTuning(text: string, file: string): SyncTuning | undefined {
  const found = parse(text, file).algorithms.find((algorithm) => SECTION in algorithm);
  if (!found) return undefined;
  const { group, port, sync_period, ready_frame, min_adjustment } = section(found);
  return {
    ...(typeof group === 'string' ? { group } : {}),
    ...(typeof port === 'number' ? { port } : {}),
    ...(typeof sync_period === 'number' ? { syncPeriod: sync_period } : {}),
    ...(typeof ready_frame === 'number' ? { readyFrame: ready_frame } : {}),
    ...(typeof min_adjustment === 'number' ? { minAdjustmentUs: min_adjustment } : {}),
  };
}

type Algorithm = Readonly<Record<string, unknown>>;

const section = (algorithm: Algorithm): Record<string, unknown> =>
  (algorithm[SECTION] ?? {}) as Record<string, unknown>;

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
