import { createRequire } from 'node:module';
import { isIPv4 } from 'node:net';
import type { ZodType } from 'zod';
import { UsageError } from '../../errors.ts';
import { parseJson, readTextSync } from '../../regular-file.ts';
import { readSection, SYNC_SECTION, type SyncTuning } from '../../rpicam/tuning-file.ts';

export interface Tuning {
  /** Undefined where the file has no such section. */
  readonly sync: SyncTuning | undefined;
  /** Names of the sections that tune an image processor. */
  readonly others: readonly string[];
}

const isMulticast = (text: string): boolean => isIPv4(text) && /^(22[4-9]|23\d)\./.test(text);

/**
 * What a tuning file looks like. Made with the first one: a camera without such a file starts without what checks it.
 */
function schemas() {
  const { z } = createRequire(import.meta.url)('zod') as typeof import('zod');
  const count = (to: number) => z.number().int().min(1).max(to).optional();
  return {
    /** Names, units and bounds are those of the options. */
    syncSection: z.looseObject({
      group: z.string().refine(isMulticast, 'must be an IPv4 multicast address').optional(),
      port: count(65_535),
      sync_period: count(100_000),
      ready_frame: count(1_000_000),
      min_adjustment: z.number().min(0).optional(),
    }),
    /**
     * Version 2.0 holds a list of sections, each an object of one key; before, the sections stood in the file itself.
     */
    listed: z.looseObject({ algorithms: z.array(z.record(z.string(), z.unknown())) }),
    flat: z.record(z.string(), z.unknown()),
  };
}

/** Reads a camera's tuning file, in either form. @throws UsageError that names the file and the field. */
export function readTuningFile(path: string): Tuning {
  let text: string;
  try {
    text = readTextSync(path);
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`--tuning-file ${error.message}`);
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(`--tuning-file ${path}: ${code === 'ENOENT' ? 'no such file' : message}`);
  }
  return parseTuning(path, text);
}

/** As `readTuningFile`, from its text. */
export function parseTuning(path: string, text: string): Tuning {
  let json: unknown;
  try {
    json = parseJson(text, `--tuning-file ${path}`);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`--tuning-file ${path}: no JSON: ${(error as Error).message}`);
  }
  const { syncSection, listed, flat } = schemas();
  const isList = typeof json === 'object' && json !== null && 'algorithms' in json;
  const sections: [string, unknown][] = isList
    ? checked(path, listed, json).algorithms.flatMap((entry) => Object.entries(entry))
    : Object.entries(checked(path, flat, json)).filter(([name]) => name.startsWith('rpi.'));
  const others = sections.map(([name]) => name).filter((name) => name !== SYNC_SECTION);
  const found = sections.findLast(([name]) => name === SYNC_SECTION);
  if (found === undefined) return { sync: undefined, others };
  return { sync: readSection(checked(path, syncSection, found[1], SYNC_SECTION)), others };
}

function checked<T>(path: string, schema: ZodType<T>, value: unknown, inside?: string): T {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = [...(inside === undefined ? [] : [inside]), ...(issue?.path ?? [])].join('.');
  throw new UsageError(`--tuning-file ${path}: ${field === '' ? '' : `${field}: `}${issue?.message}`);
}

/** What is said about a tuning file: which part of it is used. */
export function tuningLine(path: string, { sync, others }: Tuning): string | undefined {
  if (sync === undefined) return `--tuning-file ${path}: has no ${SYNC_SECTION} section; nothing of it is used here`;
  if (others.length === 0) return undefined;
  const rest =
    others.length === 1
      ? `${others[0]} is not: it tunes`
      : `${others[0]} and ${others.length - 1} others are not: they tune`;
  return `--tuning-file ${path}: its ${SYNC_SECTION} section is used; ${rest} an image processor that is not here`;
}
