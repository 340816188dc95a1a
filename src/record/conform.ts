import { rm } from 'node:fs/promises';
import { counted } from '../counted.ts';
import { FailureError, UsageError } from '../errors.ts';
import type { AccessUnit } from '../libav/annex-b.ts';
import { readParameters, type StreamParameters } from '../libav/avc.ts';
import type { FileTags } from '../libav/file-tags.ts';
import { remuxUnits } from '../libav/remux.ts';
import type { FrameRate } from '../time/frame-rate.ts';
import { type EncodeSettings, SegmentEncoder } from './conform/encode.ts';
import { planConform, type Segment } from './conform/plan.ts';
import { openSource, type Source } from './conform/source.ts';
import type { Encoder } from './encoder.ts';
import { chooseEncoder } from './encoders/encoders.ts';
import { moveInPlace, PART } from './whole-file.ts';

/** Quality of pictures that are encoded anew, as x264's constant rate factor: hard to tell from the original. */
const CONFORM_CRF = 18;

export interface ConformOptions {
  readonly frameRate: FrameRate;
  /** Slots of the take: the output has exactly so many frames. */
  readonly frames: number;
  /**
   * The slot that the output begins with, which is its first frame's time. Default 0; `frames` and `slots` count from
   * there.
   */
  readonly firstSlot?: number;
  /** The slot of each picture of the input, as `listFrames` finds them; pictures behind the last are left out. */
  readonly slots: readonly number[];
  /** Container of the output, by FFmpeg's name. Default `mp4`. */
  readonly format?: string;
  /** Default `CONFORM_CRF`. */
  readonly crf?: number;
  /** x264 preset. Default: the encoders'. */
  readonly preset?: string;
  /** The time of each frame, whole us, rising. Default: slots at the nominal rate. */
  readonly timesUs?: readonly number[] | undefined;
  /** What the output says of itself. Default: nothing. */
  readonly tags?: FileTags | undefined;
  /** Default: the first that works here; not asked for where nothing is to be encoded. */
  readonly encoder?: Encoder;
  /** Called now and then. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What became of a camera's file. */
export interface Conformed {
  readonly frames: number;
  /** True where no picture was encoded anew. */
  readonly copied: boolean;
  /** Frames that were encoded anew, repeats and black included. */
  readonly reencodedFrames: number;
  /** Slots that show a picture of their own. */
  readonly captured: number;
  /**
   * Slots that show the picture before (one from before the beginning if there is one, else black), in rising order.
   */
  readonly repeated: readonly number[];
}

/**
 * Makes a take's file of what a camera recorded as elementary H.264 without B-frames: exactly `frames` frames, frame i
 * is slot i, at i x period. What can be copied is copied: a hole costs the frames from there to the next keyframe,
 * which are decoded and encoded anew (`crf`), and so does a beginning in the middle of a group of pictures. The input
 * stays as it is. The output gets its name once it is whole. Throws a UsageError that names the input where it can't be
 * used; no output is left behind then.
 */
export async function conformH264(input: string, output: string, options: ConformOptions): Promise<Conformed> {
  const { frameRate, frames, onProgress } = options;
  if (!Number.isSafeInteger(frames) || frames <= 0) throw new RangeError(`frames: ${frames} is no number of frames`);
  const source = await openSource(input);
  const plan = planConform(options.slots.slice(0, source.units), source.isKeyframe, frames);
  const captured = frames - plan.repeated.length;
  if (captured === 0)
    throw new UsageError(`${input}: none of its ${counted(source.units, 'frame')} belongs to the take`);
  const reencodedFrames = plan.segments.reduce(
    (sum, { kind, from, to }) => sum + (kind === 'encode' ? to - from : 0),
    0,
  );
  const encoder = reencodedFrames === 0 ? undefined : await openEncoder(source, options);
  const parameters = encoder ? await bothParameters(source, encoder) : source.parameters;
  const units = joined(plan.segments, source, encoder);
  const report = onProgress && ((done: number) => onProgress(done, frames));
  const made = `${output}${PART}`;
  const written = await remuxUnits(units, parameters, made, {
    frameRate,
    frames,
    firstSlot: options.firstSlot ?? 0,
    format: options.format ?? 'mp4',
    tags: options.tags,
    timesUs: options.timesUs,
    ...(report && { onProgress: report }),
    ...(options.encoder?.way && { way: options.encoder.way }),
  });
  if (written !== frames) {
    await rm(made, { force: true });
    throw new FailureError(`${output}: has ${written} of ${frames} frames; keep ${input}`);
  }
  await moveInPlace(made, output);
  onProgress?.(frames, frames);
  return { frames, copied: reencodedFrames === 0, reencodedFrames, captured, repeated: plan.repeated };
}

/**
 * Pictures in a file of elementary H.264. Throws a UsageError that names the file where it can't be read or has
 * B-frames.
 */
export async function countPictures(file: string): Promise<number> {
  return (await openSource(file)).units;
}

async function openEncoder(
  source: Source,
  { frameRate, crf, preset, encoder }: ConformOptions,
): Promise<SegmentEncoder> {
  const backend = encoder ?? (await chooseEncoder());
  const settings: EncodeSettings = { backend, frameRate, crf: crf ?? CONFORM_CRF, preset };
  return new SegmentEncoder(source, settings);
}

async function bothParameters(source: Source, encoder: SegmentEncoder): Promise<StreamParameters> {
  const encoded = await encoder.parameters();
  const both = readParameters(Buffer.concat([source.parameters.sets, encoded.sets]));
  if (!both) throw new FailureError(`${source.file}: its parameter sets can't be read`);
  return both;
}

async function* joined(
  segments: readonly Segment[],
  source: Source,
  encoder: SegmentEncoder | undefined,
): AsyncGenerator<AccessUnit> {
  for (const segment of segments) {
    if (segment.kind === 'encode') {
      if (encoder) yield* encoder.encode(segment);
      continue;
    }
    let left = segment.to - segment.from;
    for await (const unit of source.read(segment.unit)) {
      yield unit;
      if (--left === 0) break;
    }
  }
}
