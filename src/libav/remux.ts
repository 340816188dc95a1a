import { rm } from 'node:fs/promises';
import { extname } from 'node:path';
import { UsageError } from '../errors.ts';
import type { FrameRate } from '../time/frame-rate.ts';
import type { AccessUnit } from './annex-b.ts';
import { readParameters, type StreamParameters } from './avc.ts';
import { type FileTags, type NamedTags, namedTags } from './file-tags.ts';
import { loadLibav } from './load.ts';
import { isMp4, mp4Timescale, TRUE_TIMESCALE } from './mp4.ts';
import { readAccessUnits } from './read-units.ts';
import { remuxWithFfmpeg } from './remux-ffmpeg.ts';
import { remuxWithNodeAv } from './remux-node-av.ts';
import { findSystemFfmpeg, HOW_TO_GET_FFMPEG } from './system-ffmpeg.ts';

export interface RemuxOptions {
  readonly frameRate: FrameRate;
  /** The slot of the input's first frame. Default 0. */
  readonly firstSlot?: number;
  /** Frames to copy at most. Default: all. */
  readonly frames?: number;
  /** Container name as FFmpeg knows it, where the output's ending does not say it. */
  readonly format?: string;
  /** The time of each frame, whole us, rising, in place of its slot's. */
  readonly timesUs?: readonly number[] | undefined;
  /** What the output says of itself, as far as its container has a place for it. Default: nothing. */
  readonly tags?: FileTags | undefined;
  /** Which FFmpeg to use. Default: node-av where it is installed, else the system's. */
  readonly backend?: 'node-av' | 'ffmpeg';
  /** Called now and then with the frames that are copied so far. */
  readonly onProgress?: (frames: number) => void;
}

/** What both ways to copy are given. */
export interface RemuxJob extends Required<Pick<RemuxOptions, 'frameRate' | 'firstSlot' | 'frames'>> {
  readonly units: AsyncIterable<AccessUnit>;
  readonly parameters: StreamParameters;
  readonly output: string;
  readonly format: string | undefined;
  /** FFmpeg's options of the output's container. */
  readonly settings: Readonly<Record<string, string>>;
  readonly tags: NamedTags;
  readonly timesUs: readonly number[] | undefined;
  readonly onProgress: (frames: number) => void;
}

/** Containers that have something of their own here, by the output's ending. */
const ENDINGS: Readonly<Record<string, string>> = { '.mp4': 'mp4', '.m4v': 'mp4', '.mov': 'mov' };

/**
 * Copies a file of elementary H.264 without B-frames into a container (.mp4, .mkv, .mov), without encoding anything: frame k gets the
 * presentation time (firstSlot + k) x period, exactly (Matroska counts whole ms). The output is replaced where it exists.
 * Throws a UsageError that names the file and says what is wrong with it, or what to install; no output is left behind then.
 * @returns The frames copied.
 */
export async function remuxH264(input: string, output: string, options: RemuxOptions): Promise<number> {
  return remuxUnits(readAccessUnits(input), await fileParameters(input), output, options);
}

/** `remuxH264` for pictures from anywhere. @param parameters Of all the pictures, whose ids differ where their sets do. */
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
  const job = { units, parameters, output, frameRate, firstSlot, frames, format, settings, tags, timesUs, onProgress };
  try {
    return await copy(job, options.backend);
  } catch (error) {
    await rm(output, { force: true });
    throw error;
  }
}

/** The parameter sets of a file of elementary H.264. Throws a UsageError that names the file where there are none. */
export async function fileParameters(file: string): Promise<StreamParameters> {
  let pictures = 0;
  for await (const { bytes } of readAccessUnits(file)) {
    pictures++;
    const parameters = readParameters(bytes);
    if (parameters) return parameters;
  }
  throw new UsageError(`${file}: holds no ${pictures === 0 ? 'picture' : 'parameter sets'} of H.264`);
}

async function copy(job: RemuxJob, backend: RemuxOptions['backend']): Promise<number> {
  const libav = backend === 'ffmpeg' ? undefined : await loadLibav();
  if (libav && !(libav instanceof Error)) return remuxWithNodeAv(libav, job);
  const ffmpeg = backend === 'node-av' ? undefined : await findSystemFfmpeg();
  if (ffmpeg) return remuxWithFfmpeg(ffmpeg, job);
  throw new UsageError(
    `nothing to write video files with: ${libav?.message ?? ''}; or no ffmpeg: ${HOW_TO_GET_FFMPEG}`,
  );
}
