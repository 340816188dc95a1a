import { existsSync } from 'node:fs';
import { UsageError } from '../../errors.ts';
import { flagsFor } from '../../options/flags-of-advice.ts';
import { partsOf, REPORT_PAGE_FILE, readTake, refuseElsewhere, type TakeCamera } from '../../record/take.ts';
import { takePath } from '../../record/take-path.ts';
import type { PictureProgress } from '../../report/pictures.ts';
import { writeReportPage } from '../../report/write.ts';
import { adviceOn } from '../../verify/advice/advice.ts';
import type { Report } from '../../verify/alignment.ts';
import { proveTake, type VerifyOptions } from '../../verify/verify.ts';

/** What `report` takes: what `verify` does, and who hears of the pictures. */
export interface ReportOptions extends VerifyOptions {
  /** Told while pictures are taken for the page, behind the proof. */
  readonly onPicture?: PictureProgress;
}

/** The page that was written, and the proof that it shows. */
export interface ReportResult {
  /** `report.html` in the folder of the take. */
  readonly file: string;
  /** The proof that the page shows. */
  readonly report: Report;
}

/**
 * Proves a take again and writes its `report.html` anew; nothing else of the take is changed.
 * @throws UsageError where the folder is no take, or its files can't be compared; FailureError where the page can't be
 *   written.
 */
export async function reportTake(folder: string, options: ReportOptions = {}): Promise<ReportResult> {
  const { onPicture, ...verify } = options;
  const take = await readTake(folder);
  refuseElsewhere(folder, take);
  takePath(folder, REPORT_PAGE_FILE);
  for (const camera of take.cameras) for (const { framesCsv } of partsOf(camera)) takePath(folder, framesCsv);
  const cameras = take.cameras.filter((camera) => recordedAnything(folder, camera));
  if (cameras.length === 0) throw new UsageError(`${folder}: no camera of this take recorded anything`);
  const { files, report: proved } = await proveTake(folder, { ...take, cameras }, verify);
  const report = { ...proved, advice: adviceOn(proved, take) };
  const watch = { onPicture, signal: verify.signal, say: await flagsFor(report) };
  return { file: await writeReportPage(folder, take, { files, report }, watch), report };
}

/**
 * A camera that failed before its first frame has no file; nor has one of a stock camera that could not be conformed.
 */
function recordedAnything(folder: string, { frames, error, stock, ...camera }: TakeCamera): boolean {
  if (frames === 0 || (stock !== undefined && stock.conformed === undefined)) return false;
  return error === undefined || partsOf(camera).some(({ file }) => existsSync(takePath(folder, file)));
}
