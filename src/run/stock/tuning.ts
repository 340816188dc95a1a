import { writeFile } from 'node:fs/promises';
import { OptionError } from '../../errors.ts';
import { SYNC_GROUP, SYNC_PORT } from '../../host/sync-defaults.ts';
import { TAKE_SYNC, type TakeOptionName } from '../../options/take.ts';
import { readText } from '../../regular-file.ts';
import { findTuningFile } from '../../rpicam/find-tuning.ts';
import type { ListedCamera } from '../../rpicam/list-cameras.ts';
import { deriveTuning, readSyncTuning, type SyncTuning } from '../../rpicam/tuning-file.ts';
import { SYNC_DEFAULTS } from '../../sync/controller.ts';
import { syncSettings, type TakeOptions } from '../plan/options.ts';

/** What a stock process does without a word about it. */
const DEFAULTS = { group: SYNC_GROUP, port: SYNC_PORT, ...SYNC_DEFAULTS };

/** What asks for each of them. */
const OPTIONS: Readonly<Record<keyof SyncTuning, TakeOptionName>> = {
  group: 'group',
  port: 'port',
  syncPeriod: 'syncPeriod',
  readyFrame: 'readyFrames',
  minAdjustmentUs: 'minAdjustmentUs',
};

/** What a stock process is told of the sync of its take. */
type StockSync = Pick<TakeOptions, 'group' | 'port' | 'syncPeriod' | 'readyFrames' | 'minAdjustmentUs'>;

/**
 * The tuning file for a stock camera of a take, where it needs one: a stock process takes group, port and periods from
 * there alone. It is derived from the installed one and written to `file`.
 * @param camera undefined where it is not known which sensor it is.
 * @returns undefined where the installed one does.
 * @throws OptionError where one is needed and none is installed.
 */
export async function stockTuning(
  options: StockSync,
  camera: ListedCamera | undefined,
  file: string,
): Promise<string | undefined> {
  const { syncPeriod, readyFrame, minAdjustmentUs } = syncSettings(options);
  // The smaller dead band of a take is our clients'; a stock one has its own unless it was asked for.
  const asked = minAdjustmentUs !== TAKE_SYNC.minAdjustmentUs;
  const wanted: Required<SyncTuning> = {
    group: options.group,
    port: options.port,
    syncPeriod,
    readyFrame,
    minAdjustmentUs: asked ? minAdjustmentUs : DEFAULTS.minAdjustmentUs,
  };
  const usual = same(wanted, DEFAULTS);
  let installed: string;
  try {
    installed = findTuningFile(camera?.model ?? 'unknown', { mono: camera?.filter === 'MONO' });
  } catch (error) {
    if (usual) return undefined;
    const keys = Object.keys(OPTIONS) as (keyof SyncTuning)[];
    const [first, ...further] = keys.filter((key) => wanted[key] !== DEFAULTS[key]).map((key) => OPTIONS[key]);
    const also = further.length === 0 ? '' : ` (and ${further.map((name) => `{${name}}`).join(', ')})`;
    throw new OptionError(
      first as TakeOptionName,
      undefined,
      `stock cameras are told by a tuning file: ${(error as Error).message}, or leave it out${also}`,
      { cause: error },
    );
  }
  const text = await readText(installed);
  if (usual && same({ ...DEFAULTS, ...readSyncTuning(text, installed) }, DEFAULTS)) return undefined;
  await writeFile(file, deriveTuning(text, wanted, installed));
  return file;
}

const same = (a: Required<SyncTuning>, b: Required<SyncTuning>): boolean =>
  (Object.keys(DEFAULTS) as (keyof SyncTuning)[]).every((key) => a[key] === b[key]);
