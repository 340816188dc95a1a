import { rm } from 'node:fs/promises';
import { extname } from 'node:path';
import { UsageError } from '../errors.ts';
import type { AccessUnit } from './annex-b.ts';
import { readParameters, type StreamParameters } from './avc.ts';
import { namedTags } from './file-tags.ts';
import { isMp4, mp4Timescale, TRUE_TIMESCALE } from './mp4.ts';
import { readAccessUnits } from './read-units.ts';
import { remuxWithFfmpeg } from './remux-ffmpeg.ts';
import type { RemuxJob, RemuxOptions } from './remux-job.ts';
import { remuxWithNodeAv } from './remux-node-av.ts';
import { viaFfmpeg } from './way.ts';

/** Containers that have something of their own here, by the output's ending. */
const ENDINGS: Readonly<Record<string, string>> = { '.mp4': 'mp4', '.m4v': 'mp4', '.mov': 'mov' };

/**
 * Copies a file of elementary H.264 without B-frames into a container (.mp4, .mkv, .mov), without encoding anything:
 * frame k gets the presentation time (firstSlot + k) x period, exactly (Matroska counts whole ms). The output is
 * replaced where it exists. Throws a UsageError that names the file and says what is wrong with it, or what to install;
 * no output is left behind then.
 * @returns The frames copied.
 */
export async function remuxH264(input: string, output: string, options: RemuxOptions): Promise<number> {
  return remuxUnits(readAccessUnits(input), await fileParameters(input), output, options);
}

/**
 * `remuxH264` for pictures from anywhere.
 * @param parameters Of all the pictures, whose ids differ where their sets do.
 */
export async function remuxUnits(
  units: AsyncIterable<AccessUnit>,
  parameters: StreamParameters,
  output: string,
  options: RemuxOptions,
): Promise<number> {
  const { frameRate, firstSlot = 0, frames = Number.POSITIVE_INFINITY, format, onProgress = () => {} } = options;
  const ending = extname(output).toLowerCase();
  const container = format ?? ENDINGS[ending];
  const { timesUs } = options;
  const timescale = timesUs ? TRUE_TIMESCALE : mp4Timescale(frameRate);
  const settings = isMp4(container ?? '') ? { use_editlist: '1', ...timescale } : {};
  const tags = namedTags(options.tags, container, firstSlot);
  const job: RemuxJob = {
    units,
    parameters,
    output,
    frameRate,
    firstSlot,
    frames,
    format,
    settings,
    tags,
    timesUs,
    onProgress,
  };
  try {
    return await viaFfmpeg(
      'write video files',
      { nodeAv: (libav) => remuxWithNodeAv(libav, job), system: (ffmpeg) => remuxWithFfmpeg(ffmpeg, job) },
      options.way,
    );
  } catch (error) {
    await rm(output, { force: true });
    throw error;
  }
}

/** The parameter sets of a file of elementary H.264. Throws a UsageError that names the file where there are none. */
async function fileParameters(file: string): Promise<StreamParameters> {
  let pictures = 0;
  for await (const { bytes } of readAccessUnits(file)) {
    pictures++;
    const parameters = readParameters(bytes);
    if (parameters) return parameters;
  }
  throw new UsageError(`${file}: holds no ${pictures === 0 ? 'picture' : 'parameter sets'} of H.264`);
}
