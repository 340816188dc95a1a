import { existsSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import { openVideo } from '../libav/decode.ts';
import { readMetadata } from '../rpicam/metadata-reader.ts';
import { nsToUs } from '../time/units.ts';
import type { Watch } from '../verify/read-times.ts';
import { readTimestamps } from '../verify/timestamps.ts';
import { fitLine, type Line } from './line.ts';
import { ownTimes, stemOf } from './own-times.ts';
import { place } from './place.ts';

/** How the names of sidecars end, in place of the video's ending. */
const ENDINGS = ['.frames.csv', '.metadata.json', '.json', '.metadata.txt', '.txt'];
/** What a stamp may be late, in us. */
const STAMP_US = 10;

/** Times that were told of a file's frames. */
interface Told {
  /**
   * Of the host that recorded it: the wall clock, or the time since it was started, which older versions of libcamera
   * have alone.
   */
  readonly clock: 'wall' | 'boot';
  readonly us: readonly (number | undefined)[];
}

/** A file's own time on a clock of the host that recorded it. */
export interface ToldLine extends Line {
  readonly clock: Told['clock'];
}

/**
 * A file's own time on the wall clock of the host that recorded it, by what the recording program wrote beside it:
 * `frames.csv` of this program, or rpicam-vid's `--metadata` in either format. Times whose number is not that of the
 * frames are placed where that is certain.
 * @throws UsageError where there is no such sidecar, or none with times, or it is not certain which times are which
 *   frames'.
 */
export async function lineBySidecar(file: string, watch: Watch = {}): Promise<ToldLine> {
  const stem = stemOf(file);
  const wrong: string[] = [];
  for (const ending of ENDINGS) {
    const sidecar = `${stem}${ending}`;
    const told = await timesIn(sidecar, ending, watch.signal);
    if (told === undefined) continue;
    if (typeof told === 'string') {
      wrong.push(`${sidecar}: ${told}`);
      continue;
    }
    const ptsUs = await presentationTimes(file, watch);
    const paired = told.us.length === ptsUs.length;
    const ownUs = await ownTimes(file, ptsUs, paired ? told.us : undefined);
    const atUs = paired ? told.us : placed(ownUs, told.us);
    if (atUs === undefined) {
      throw new UsageError(
        `${sidecar}: has times of ${told.us.length} frames, ${file} ${ptsUs.length} frames: which is of which is not certain`,
      );
    }
    const points = ownUs.flatMap((us, i): [number, number][] => {
      const at = atUs[i];
      return us === undefined || at === undefined ? [] : [[us, at]];
    });
    if (points.length > 0) return { ...fitLine(points, STAMP_US), clock: told.clock };
  }
  throw new UsageError(
    wrong.length > 0
      ? wrong.join('; ')
      : `${file}: no times beside it: ${stem}.frames.csv, or rpicam-vid's --metadata as ${stem}.metadata.json, is looked for`,
  );
}

/** For each frame the time that was told of it; undefined where that is not certain. */
function placed(
  ownUs: readonly (number | undefined)[],
  toldUs: readonly (number | undefined)[],
): (number | undefined)[] | undefined {
  const told = toldUs.flatMap((us) => us ?? []);
  const own = ownUs.flatMap((us) => us ?? []);
  if (own.length < ownUs.length) return undefined;
  return place(own, told)?.map((at) => (at === undefined ? undefined : told[at]));
}

/** Undefined where the sidecar is not there; what is wrong where it holds no times. */
async function timesIn(sidecar: string, ending: string, signal?: AbortSignal): Promise<Told | string | undefined> {
  if (!existsSync(sidecar)) return undefined;
  if (ending === '.frames.csv') {
    const { timesUs } = await readTimestamps(sidecar, 1, 'wall_clock_us', signal);
    return timesUs.some((us) => us !== undefined) ? { clock: 'wall', us: timesUs } : 'holds no times';
  }
  // All values of an hour's metadata would be hundreds of megabytes.
  const told = { wall: [] as (number | undefined)[], boot: [] as (number | undefined)[] };
  for await (const { wallNs, sensorNs } of readMetadata(sidecar)) {
    signal?.throwIfAborted();
    told.wall.push(wallNs === undefined ? undefined : nsToUs(wallNs));
    told.boot.push(sensorNs === undefined ? undefined : nsToUs(sensorNs));
  }
  const entries = told.wall;
  if (entries.length === 0) return "holds no entry of rpicam-vid's --metadata, neither as JSON nor as txt";
  for (const clock of ['wall', 'boot'] as const) {
    const us = told[clock];
    if (us.some((each) => each !== undefined)) return { clock, us };
  }
  return `none of its ${entries.length} entries has a time (FrameWallClock or SensorTimestamp, in whole ns)`;
}

async function presentationTimes(file: string, { onProgress, signal }: Watch): Promise<number[]> {
  const video = await openVideo(file, signal);
  const ptsUs: number[] = [];
  try {
    for await (const frame of video.frames()) {
      ptsUs.push(frame.ptsUs);
      onProgress?.(file, ptsUs.length, video.frameCount);
    }
  } finally {
    await video.close();
  }
  return ptsUs;
}
