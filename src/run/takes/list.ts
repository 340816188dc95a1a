import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../errors.ts';
import { liesOn, REPORT_FILE, readTake, TAKE_FILE, type Take } from '../../record/take.ts';
import { takePath } from '../../record/take-path.ts';
import { writeReason } from '../../record/write-failure.ts';
import { parseJson, readText } from '../../regular-file.ts';
import type { Verdict } from '../../verify/alignment.ts';

/** A take as a list shows it. */
export interface ListedTake {
  /** Path of its folder. */
  readonly folder: string;
  /** When it was begun, UTC, as ISO 8601; undefined where its description can't be read. */
  readonly started?: string;
  /** As `take.json` says: `complete`, `interrupted`, `failed`; `recording` also where it was cut off. */
  readonly state?: Take['state'];
  /** What came of the proof; undefined where there is none. */
  readonly verdict?: Verdict;
  /** How far a frame is from that of the reference at most, in us; undefined where nothing was compared. */
  readonly spreadUs?: number;
  /** What its cameras are called, the server first. */
  readonly cameras: readonly string[];
  /** Frames of every camera. */
  readonly frames?: number;
  /** Frames that repeat the one before, of all cameras. */
  readonly repeats?: number;
  /** All files in its folder together, in bytes. */
  readonly bytes: number;
  /** Cameras whose files still lie on other hosts, and which; left out where all are here. */
  readonly elsewhere?: readonly { readonly camera: string; readonly host: string }[];
  /** What was noted of it. */
  readonly note?: string;
  /** Why it is not told, where its description can't be read: a line. */
  readonly damaged?: string;
}

/** A proof as it is looked at here, in bytes. */
const MOST_REPORT_BYTES = 4 << 20;
const VERDICTS: readonly string[] = ['locked', 'aligned', 'not locked', 'nothing to compare'] satisfies Verdict[];

/**
 * The takes in a folder, the newest first, those whose description can't be read last; a folder that is a take itself
 * is the only one.
 * @throws UsageError where the folder can't be looked into.
 */
export async function listTakes(folder: string): Promise<readonly ListedTake[]> {
  if (await holdsTake(folder)) return [await listed(folder)];
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ENOENT' ? 'there is no such folder' : writeReason(cause);
    throw new UsageError(`${folder}: ${why}; give the folder that your takes are in`, { cause });
  });
  const takes: ListedTake[] = [];
  // One after the other: a library may have thousands.
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && (await holdsTake(path))) takes.push(await listed(path));
  }
  return takes.sort((a, b) => (b.started ?? '').localeCompare(a.started ?? '') || a.folder.localeCompare(b.folder));
}

/** Whether a folder has a take's description in it, readable or not. */
export const holdsTake = (folder: string): Promise<boolean> =>
  lstat(join(folder, TAKE_FILE)).then(
    () => true,
    () => false,
  );

async function listed(folder: string): Promise<ListedTake> {
  const bytes = await sizeOf(folder);
  try {
    const { started, state, cameras, frames, note } = await readTake(folder);
    const elsewhere = cameras.flatMap((camera) => {
      const host = liesOn(camera);
      return host === undefined ? [] : { camera: camera.name, host };
    });
    const repeats = cameras.reduce((sum, camera) => sum + (camera.repeated ?? 0), 0);
    return {
      ...{ folder, started, state, cameras: cameras.map(({ name }) => name), repeats, bytes },
      ...(frames !== undefined && { frames }),
      ...(elsewhere.length > 0 && { elsewhere }),
      ...(note !== undefined && { note }),
      ...(await proofOf(folder)),
    };
  } catch (error) {
    return { folder, cameras: [], bytes, damaged: (error as Error).message };
  }
}

/** What `report.json` says, where there is one that can be read. */
async function proofOf(folder: string): Promise<Pick<ListedTake, 'verdict' | 'spreadUs'>> {
  try {
    const file = takePath(folder, REPORT_FILE);
    const { verdict, pairs } = parseJson(await readText(file, MOST_REPORT_BYTES), file) as Record<string, unknown>;
    if (typeof verdict !== 'string' || !VERDICTS.includes(verdict)) return {};
    const spreads = (Array.isArray(pairs) ? pairs : []).flatMap((pair) => {
      const us = (pair as { maxUs?: unknown } | null)?.maxUs;
      return typeof us === 'number' && Number.isFinite(us) ? Math.abs(us) : [];
    });
    return { verdict: verdict as Verdict, ...(spreads.length > 0 && { spreadUs: Math.max(...spreads) }) };
  } catch {
    return {};
  }
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder)) {
    const entry = await lstat(join(folder, name)).catch(() => undefined);
    if (entry?.isFile()) bytes += entry.size;
  }
  return bytes;
}
