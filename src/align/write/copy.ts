import { rm } from 'node:fs/promises';
import { UsageError } from '../../errors.ts';
import type { Container } from '../../libav/container.ts';
import { copyVideo } from '../../libav/copy-video.ts';
import { openVideo } from '../../libav/decode.ts';
import { BFramesError } from '../../libav/read-units.ts';
import { planConform, type Segment } from '../../record/conform/plan.ts';
import { openSource } from '../../record/conform/source.ts';
import { conformH264 } from '../../record/conform.ts';
import { periodUs } from '../../time/frame-rate.ts';
import { CRF, PRESET, SAME_US, type VideoJob } from './job.ts';
import type { Slots } from './slots.ts';

export interface CopyJob extends VideoJob {
  readonly container: Container;
  /** True of a bare stream: its frames' times are from beside it, one a picture. */
  readonly bare: boolean;
}

/** What became of a try to copy. */
export interface CopyOutcome {
  /** Whether the copy was written. */
  readonly copied: boolean;
  /** Frames of the copy that were encoded; 0 where none was written. */
  readonly encoded: number;
  /** Why pictures must be encoded; undefined where none must. */
  readonly why: string | undefined;
}

const not = (why: string): CopyOutcome => ({ copied: false, encoded: 0, why });

/**
 * Copies the coded pictures of a file of H.264, one a slot, where every reader has picture i as slot i of the copy
 * then. Pictures up to the first keyframe, and from each hole to the next one, are encoded; where those are the most,
 * nothing is written. What was written was decoded once, to see that each slot has a picture.
 * @throws FailureError where the copy can't be written, the signal's reason where it is aborted.
 */
export async function copyPictures(planned: Slots, job: CopyJob): Promise<CopyOutcome> {
  const { video } = job.container;
  if (video?.codec !== 'h264') return not(`it is ${video?.codec ?? 'unknown'}, and only h264 is copied`);
  if (video.turned) return not('its pictures are stored otherwise than they are shown');
  const stream = job.bare ? job.file : job.output.replace(/\.video$/, '.h264');
  try {
    return await copyStream(stream, planned, job);
  } catch (error) {
    job.signal?.throwIfAborted();
    if (error instanceof BFramesError) return not('it has B-frames');
    if (error instanceof UsageError) return not('its stream can not be taken apart into pictures');
    throw error;
  } finally {
    if (!job.bare) await rm(stream, { force: true });
  }
}

async function copyStream(stream: string, planned: Slots, job: CopyJob): Promise<CopyOutcome> {
  const { file, output, name, frames, frameRate, signal, onProgress } = job;
  const alive = (): void => signal?.throwIfAborted();
  let before = 0;
  if (!job.bare) {
    const timesUs: number[] = [];
    const onFrame = (us: number): void => void timesUs.push(us);
    await copyVideo(file, stream, { format: 'h264', onFrame, onProgress: alive });
    // Those of B-frames are not in order.
    if (timesUs.some((us, i) => us <= (timesUs[i - 1] ?? Number.NEGATIVE_INFINITY))) return not('it has B-frames');
    before = timesUs.length - frames.length;
    if (before < 0 || frames.some((us, i) => Math.abs(us - (timesUs[before + i] as number)) > SAME_US)) {
      return not('its pictures are not those that its times are of');
    }
  }
  alive();
  const source = await openSource(stream);
  if (source.units !== before + frames.length) return not('not every frame is one picture of its stream');
  const slots = slotsOfUnits(planned, before, frames.length);
  const count = planned.shown.length;
  const plan = planConform(slots, source.isKeyframe, count);
  if (plan.repeated[0] === 0 || plan.repeated.length !== planned.repeated.length) {
    return not('it has no frame for the first moment');
  }
  const encoded = plan.segments.reduce((sum, each) => sum + encodedIn(each), 0);
  if (encoded > count / 2) {
    return not(`${whyEncoded(planned)}, which are ${encoded} of ${count}`);
  }
  const { chroma, lumaBits, chromaBits, primaries, transfer, matrix } = source.parameters;
  if (encoded > 0 && (chroma !== 1 || lumaBits !== 8 || chromaBits !== 8)) {
    return not('it does not begin with a keyframe, and is not 8 bit 4:2:0');
  }
  if (!(await tells(file, { primaries, transfer, matrix }))) {
    return not('its container tells other colours than its pictures');
  }
  await conformH264(stream, output, {
    ...{ frameRate, frames: count, slots, format: 'mp4', crf: CRF, preset: PRESET, tags: { name } },
    onProgress: (done) => {
      alive();
      onProgress?.(file, done, count, 'frames');
    },
  });
  if (!(await isWhole(output, count, job))) return not('not every picture of it can be decoded');
  return { copied: true, encoded, why: encoded === 0 ? undefined : whyEncoded(planned) };
}

const whyEncoded = ({ repeated, dropped }: Slots): string =>
  `${repeated.length + dropped > 0 ? 'where frames are repeated or left out' : 'where it begins'}, pictures up to the next keyframe can not be copied`;

const encodedIn = ({ kind, from, to }: Segment): number => (kind === 'encode' ? to - from : 0);

/** The slot of each picture of the stream; one that no slot shows has that of the one before, which counts. */
function slotsOfUnits({ shown, repeated }: Slots, before: number, frames: number): number[] {
  const again = new Set(repeated);
  const own = new Map<number, number>();
  for (const [slot, frame] of shown.entries()) if (!again.has(slot)) own.set(before + frame, slot);
  let slot = -1;
  return Array.from({ length: before + frames }, (_, unit) => {
    slot = own.get(unit) ?? slot;
    return slot;
  });
}

/** Whether a file's container says nothing of its colours, or the same as the pictures. */
async function tells(file: string, own: { primaries: number; transfer: number; matrix: number }): Promise<boolean> {
  const video = await openVideo(file);
  const { colours } = video;
  await video.close();
  return (
    colours === undefined ||
    (colours.primaries === own.primaries && colours.transfer === own.transfer && colours.matrix === own.matrix)
  );
}

/** Whether a copy has a picture that can be decoded at each slot's time, and no other. */
async function isWhole(file: string, count: number, { frameRate, signal }: CopyJob): Promise<boolean> {
  const video = await openVideo(file, signal);
  let slot = 0;
  try {
    for await (const { ptsUs } of video.frames()) {
      signal?.throwIfAborted();
      if (Math.abs(ptsUs - slot * periodUs(frameRate)) > SAME_US) return false;
      slot++;
    }
  } finally {
    await video.close();
  }
  return slot === count;
}
