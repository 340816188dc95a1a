import { lstat, realpath } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { OptionError, UsageError } from '../../errors.ts';
import { readContainer } from '../../libav/container.ts';
import { checkReadable } from '../../libav/decode.ts';
import { stemOf } from '../own-times.ts';

/** What becomes of a file. */
export interface Target {
  readonly file: string;
  /** The copy's name in the folder, without its ending. */
  readonly stem: string;
  /** What is written: a video with its `frames.csv`, or sound alone. */
  readonly outputs: readonly string[];
}

/**
 * The names that copies get, before anything is written.
 * @throws UsageError where a file can't be read, two would have one name, or something is there already that may not be
 *   replaced, or that is one of the files.
 */
export async function copyTargets(files: readonly string[], folder: string, force: boolean): Promise<Target[]> {
  const targets: Target[] = [];
  for (const file of files) {
    await checkReadable(file);
    const { video } = await readContainer(file);
    const stem = stemOf(basename(file));
    targets.push({ file, stem, outputs: video ? [`${stem}.mp4`, `${stem}.frames.csv`] : [`${stem}.wav`] });
  }
  // The times beside a file are its own as well.
  const given = files.flatMap((file) => [file, `${stemOf(file)}.frames.csv`]);
  const own = new Set(await Promise.all(given.map((file) => realpath(file).catch(() => undefined))));
  const by = new Map<string, string>();
  for (const { file, outputs } of targets) {
    for (const name of outputs) {
      const output = join(folder, name);
      const other = by.get(name.toLowerCase());
      if (other !== undefined) {
        throw new UsageError(`${other} and ${file}: both copies would be ${output}; give one of them another name`);
      }
      by.set(name.toLowerCase(), file);
      const there = await lstat(output).catch(() => undefined);
      if (there === undefined) continue;
      if (own.has(await realpath(output).catch(() => resolve(output)))) {
        throw new OptionError('write', folder, `${output} is one of the files, or beside one; give another folder`);
      }
      if (there.isDirectory()) throw new OptionError('write', folder, `${output} is a folder; give another one`);
      if (!force) {
        throw new OptionError(
          'write',
          folder,
          `${output} is there already; give another folder, or {force} to replace it`,
        );
      }
    }
  }
  return targets;
}
