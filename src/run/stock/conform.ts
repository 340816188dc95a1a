import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { counted } from '../../counted.ts';
import { UsageError } from '../../errors.ts';
import type { FileTags } from '../../libav/file-tags.ts';
import { conformH264 } from '../../record/conform.ts';
import { chooseEncoder } from '../../record/encoders/encoders.ts';
import type { TakeCamera } from '../../record/take.ts';
import { containerName } from '../../record/take-format.ts';
import { takePath } from '../../record/take-path.ts';
import { trueTimes } from '../../record/true-times.ts';
import type { FrameList } from '../../rpicam/frame-list.ts';
import { timecodeAt } from '../../time/timecode.ts';
import type { ReadProgress } from '../../verify/read-times.ts';
import { nameOf } from '../files/folder.ts';
import { inLocalTime } from '../local-time.ts';
import type { TakeOptions } from '../plan/options.ts';
import type { StockFiles } from './arguments.ts';
import { beginTogether } from './begin-together.ts';
import { EDGE_FRAMES, planFiles } from './plan.ts';
import { StockRecording, type TakeTimeline } from './recording.ts';

export interface ConformPlan {
  /** Slots that the files shall have, where that is fixed: by what was asked for, or by where the take was stopped. */
  readonly wanted: number | undefined;
  /** The slots behind the last of the cameras that need no conforming. */
  readonly others: readonly number[];
  /** The take has no other cameras: it may begin with the first frame that all of these have. */
  readonly alone?: boolean;
  /** Slots that no file has more of. */
  readonly atMost?: number | undefined;
}

export type ConformTakeOptions = Pick<
  TakeOptions,
  'folder' | 'format' | 'frameRate' | 'encoder' | 'keepOriginal' | 'timestamps'
>;

export interface ConformEvents {
  onProblem(name: string, text: string): void;
  onNote(text: string): void;
  onProgress?: ReadProgress;
}

/** A stock camera's recording, by whoever knows of it: its process, or `take.json` when that is long gone. */
export interface StockSource {
  /** The camera. */
  readonly name: string;
  /** What its files are called, without their endings: as the camera, or, of a process that was started again, more. */
  readonly base: string;
  /** Of a process that was started again: it was in its place from this slot on. */
  readonly fromSlot?: number | undefined;
  readonly model: string | undefined;
  readonly sync: 'server' | 'client';
  readonly files: StockFiles;
  /** It ended as it should, or nobody knows how. */
  readonly end: 'well' | 'interrupted' | 'failed';
  readonly stock: TakeCamera['stock'];
}

/** One camera on the way to its file. */
interface Job {
  readonly source: StockSource;
  readonly recording: StockRecording;
  readonly failed: boolean;
}

/**
 * Makes the take's files of what stock cameras recorded: frame i is slot i, in exactly as many frames as all have.
 * Their `frames.csv` come from their metadata.
 * @param timeline without a ready time where no message was heard: then the server's first recorded frame is frame 0.
 * @returns what is known of each recording then, by what its files are called.
 */
export async function conformTake(
  sources: readonly StockSource[],
  timeline: TakeTimeline,
  options: ConformTakeOptions,
  plan: ConformPlan,
  events: ConformEvents,
): Promise<ReadonlyMap<string, Partial<TakeCamera>>> {
  const jobs = await readJobs(sources, events);
  const heard = withReadyTime(timeline, jobs, events);
  const whole = jobs.filter(({ failed }) => !failed).map(({ recording }) => recording);
  const known = plan.alone ? beginTogether(heard, whole) : heard;
  const ends = jobs.map(({ source: { base }, recording, failed }) => {
    const last = recording.list(known).slots.at(-1) ?? -1;
    return { name: base, end: last + 1, failed };
  });
  const more = new Map<string, Partial<TakeCamera>>();
  for (const { name: base, slots: planned, short } of planFiles(ends, plan.wanted, plan.others)) {
    const slots = Math.min(planned, plan.atMost ?? planned);
    const job = jobs.find(({ source }) => source.base === base) as Job;
    const { name } = job.source;
    if (short) events.onProblem(name, `ended early: it has ${slots} of ${plan.wanted ?? 'all'} frames`);
    if (slots < 1) continue;
    try {
      more.set(base, await conformOne(job, known, slots, options, events));
    } catch (error) {
      const kept = `; what it recorded is in ${basename(job.source.files.video)}`;
      events.onProblem(name, `${(error as Error).message}${kept}`);
    }
  }
  return more;
}

async function readJobs(sources: readonly StockSource[], { onProblem }: ConformEvents): Promise<Job[]> {
  const jobs: Job[] = [];
  for (const source of sources) {
    try {
      const recording = await StockRecording.read(source.files);
      if (recording.pictures > 0) jobs.push({ source, recording, failed: source.end === 'failed' });
    } catch (error) {
      onProblem(source.name, (error as Error).message);
    }
  }
  return jobs;
}

/** Where no message was heard, frame 0 is the first that the server recorded. */
function withReadyTime(timeline: TakeTimeline, jobs: readonly Job[], { onNote }: ConformEvents): TakeTimeline {
  if (timeline.readyTimeUs !== undefined || jobs.length === 0) return timeline;
  const server = jobs.find(({ source }) => source.sync === 'server');
  onNote(
    server?.recording.firstWallUs === undefined
      ? "warning: no message of the server was heard: each camera's first frame is taken as frame 0"
      : "warning: no message of the server was heard: its first recorded frame is taken as frame 0, which it isn't where it dropped that one",
  );
  return { ...timeline, readyTimeUs: server?.recording.firstWallUs };
}

/** @param end the slot behind the last one of its file. */
async function conformOne(
  { source, recording, failed }: Job,
  timeline: TakeTimeline,
  end: number,
  options: ConformTakeOptions,
  events: ConformEvents,
): Promise<Partial<TakeCamera>> {
  const { name, base, files, stock, end: ended, fromSlot } = source;
  const list = recording.list(timeline, end);
  // One that was started again begins where it is in its place; what is before that is no part of the take.
  const first = fromSlot === undefined ? 0 : (list.slots.find((slot) => slot >= fromSlot) ?? end);
  if (first >= end) throw new UsageError(`none of its frames belongs to the take`);
  const holes = list.holes.filter((slot) => slot >= first);
  const missingAtStart = fromSlot === undefined ? list.missingAtStart : 0;
  const warnings = describeGaps({ ...list, holes, missingAtStart }, recording, failed);
  if (missingAtStart > EDGE_FRAMES) {
    events.onProblem(name, `began ${missingAtStart} frames late: frames before are black`);
  }
  for (const warning of warnings) events.onNote(`${name}: warning: ${warning}`);
  const { onProgress } = events;
  const conformed = await conformH264(files.video, takePath(options.folder, `${base}.${options.format}`), {
    format: containerName(options.format),
    frameRate: options.frameRate,
    frames: end - first,
    firstSlot: first,
    slots: list.slots.map((slot) => slot - first),
    tags: { ...tagsOf(source, timeline, first), take: nameOf(options.folder) },
    ...(options.timestamps === 'true' && {
      timesUs: trueTimes(recording.captures(list, end), options.frameRate).slice(first),
    }),
    ...(options.encoder !== undefined && { encoder: await chooseEncoder({ way: options.encoder }) }),
    ...(onProgress && { onProgress: (done) => onProgress(`${base}.${options.format}`, done) }),
  });
  const rows = takePath(options.folder, `${base}.frames.csv`);
  await recording.writeCsv(rows, list, { first, end }, timeline.wallOf);
  const keep = options.keepOriginal === true || failed;
  if (!keep) await rm(files.video);
  return {
    firstIndex: first,
    frames: conformed.frames,
    captured: conformed.captured,
    repeated: conformed.repeated.length,
    drops: holes.length,
    interrupted: ended === 'interrupted',
    warnings,
    ...(stock && {
      stock: {
        ...stock,
        ...(keep && { original: basename(files.video) }),
        conformed: conformed.copied ? 'copied' : 're-encoded',
        reencodedFrames: conformed.reencodedFrames,
        slotsBy: timeline.anchors !== undefined && timeline.anchors.length > 0 ? 'announced' : 'first frame',
      },
    }),
  };
}

function tagsOf({ name, model }: StockSource, { frameRate, ...timeline }: TakeTimeline, first: number): FileTags {
  const { readyTimeUs } = timeline;
  const start = timeline.start ?? (readyTimeUs === undefined ? undefined : inLocalTime({ wallUs: readyTimeUs }));
  return {
    name,
    model,
    start: () => start && { wallUs: start.wallUs, timecode: timecodeAt(start, frameRate, first) },
  };
}

function describeGaps(list: FrameList, recording: StockRecording, failed: boolean): string[] {
  const warnings = [...list.warnings];
  if (!recording.hasWallClock) {
    warnings.push(
      "its metadata have no FrameWallClock, as with an older libcamera: its frames are placed by their sensor timestamps and this host's clock",
    );
  }
  if (list.missingAtStart > 0 && list.missingAtStart <= EDGE_FRAMES)
    warnings.push(`${theFrames('first', list.missingAtStart)} missing: black stands for ${it(list.missingAtStart)}`);
  if (list.holes.length > 0)
    warnings.push(`${frames(list.holes.length)} dropped: repeats stand for ${it(list.holes.length)}`);
  if (list.doubled.length > 0)
    warnings.push(`${counted(list.doubled.length, 'frame')} fell into a slot that had one: left out`);
  if (list.missingAtEnd > 0 && !failed)
    warnings.push(`${theFrames('last', list.missingAtEnd)} missing: repeats stand for ${it(list.missingAtEnd)}`);
  return warnings;
}

const frames = (number: number): string => counted(number, 'frame was', 'frames were');
const it = (number: number): string => (number === 1 ? 'it' : 'them');
const theFrames = (which: string, number: number): string =>
  number === 1 ? `its ${which} frame is` : `its ${which} ${number} frames are`;
