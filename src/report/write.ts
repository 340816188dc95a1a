import { basename, join, resolve } from 'node:path';
import { REPORT_PAGE_FILE, type Take } from '../record/take.ts';
import { writeWhole } from '../record/whole-file.ts';
import type { Proof } from '../verify/verify.ts';
import { pageAssets } from './assets.ts';
import { gatherFacts, type PageOptions } from './facts.ts';
import { renderPage } from './page.ts';

/**
 * Writes `report.html` into the folder of a take: what a proof says, as a page for people.
 * @param take of which the proof is; it may have cameras that the proof leaves out.
 * @returns the file.
 * @throws FailureError that names it where it can't be written; the signal's reason where it is aborted: nothing is
 *   written then.
 */
export async function writeReportPage(
  folder: string,
  take: Take,
  proof: Proof,
  options: PageOptions = {},
): Promise<string> {
  const file = join(folder, REPORT_PAGE_FILE);
  const facts = await gatherFacts(folder, basename(resolve(folder)), take, proof, options);
  await writeWhole(file, renderPage(facts, await pageAssets()));
  return file;
}
