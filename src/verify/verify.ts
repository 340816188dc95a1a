import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import { partsOf, readTake, type Take } from '../record/take.ts';
import { periodUs } from '../time/frame-rate.ts';
import { judge, type Report } from './alignment.ts';
import { type FileTimes, joinTimes, type ReadProgress, readTimes } from './read-times.ts';
import { readTimestamps } from './timestamps.ts';

/** What frames may be apart unless told otherwise, in us. */
export const DEFAULT_TOLERANCE_US = 1_000;

export interface VerifyOptions {
  /** Default `DEFAULT_TOLERANCE_US`. */
  readonly toleranceUs?: number;
  readonly onProgress?: ReadProgress;
}

/**
 * Proves from decoded pixels alone whether frame N of each file is frame N of the others.
 * @param inputs a take's folder, or two or more video files, of which the first is the reference.
 * @throws UsageError where a file can't be read or shows no pixel clock.
 */
export async function verify(inputs: string | readonly string[], options: VerifyOptions = {}): Promise<Report> {
  const { toleranceUs = DEFAULT_TOLERANCE_US } = options;
  const given = typeof inputs === 'string' ? [inputs] : inputs;
  const [first] = given;
  if (first === undefined) throw new UsageError('verify: give a take or two or more video files');
  const kind = await stat(first).catch(() => undefined);
  if (kind === undefined) throw new UsageError(`${first}: no such file or folder`);
  if (kind.isDirectory()) {
    if (given.length > 1) throw new UsageError(`${first}: give one take, or video files`);
    return verifyTake(first, await readTake(first), options);
  }
  if (given.length < 2)
    throw new UsageError(`${first}: verify compares; give two or more video files, or a take's folder`);
  const files: FileTimes[] = [];
  for (const file of given) files.push(await readTimes(file, options.onProgress));
  return judge(files, { toleranceUs });
}

/** Proves a take: its server is the reference; cameras that can't be steered are given half a frame. */
export async function verifyTake(folder: string, take: Take, options: VerifyOptions = {}): Promise<Report> {
  const files: FileTimes[] = [];
  for (const camera of take.cameras) {
    const parts: FileTimes[] = [];
    for (const { file } of partsOf(camera)) parts.push(await readTimes(join(folder, file), options.onProgress));
    files.push({ ...joinTimes(parts), file: camera.file });
  }
  return judge(files, judgement(take, options));
}

/** Compares a take by what its cameras' own timestamps say, for cameras that have no pixel clock in view. */
export async function compareTimestamps(folder: string, take: Take, options: VerifyOptions = {}): Promise<Report> {
  const files: FileTimes[] = [];
  for (const camera of take.cameras) {
    const parts: FileTimes[] = [];
    for (const { framesCsv } of partsOf(camera)) {
      parts.push(await readTimestamps(join(folder, framesCsv), periodUs(take.frameRate)));
    }
    files.push({ ...joinTimes(parts), file: camera.file });
  }
  return judge(files, { ...judgement(take, options), source: 'timestamps' });
}

const judgement = (take: Take, { toleranceUs = DEFAULT_TOLERANCE_US }: VerifyOptions) => ({
  toleranceUs,
  reference: Math.max(
    0,
    take.cameras.findIndex(({ sync }) => sync === 'server'),
  ),
  unsteered: new Set(take.cameras.flatMap(({ steered }, i) => (steered === false ? [i] : []))),
});
