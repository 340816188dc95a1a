import { existsSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import { openVideo } from '../libav/decode.ts';
import { readMetadata } from '../rpicam/metadata-reader.ts';
import { nsToUs } from '../time/units.ts';
import type { ReadProgress } from '../verify/read-times.ts';
import { readTimestamps } from '../verify/timestamps.ts';
import { fitLine, type Line } from './line.ts';
import { ownTimes, stemOf } from './own-times.ts';

/** How the names of sidecars end, in place of the video's ending. */
const ENDINGS = ['.frames.csv', '.metadata.json', '.json', '.metadata.txt', '.txt'];
/** What a stamp may be late, in us. */
const STAMP_US = 10;

/** Times that were told of a file's frames. */
interface Told {
  /** Of the host that recorded it: the wall clock, or the time since it was started, which older versions of libcamera have alone. */
  readonly clock: 'wall' | 'boot';
  readonly us: readonly (number | undefined)[];
}

/** A file's own time on a clock of the host that recorded it. */
export interface ToldLine extends Line {
  readonly clock: Told['clock'];
}

/**
 * A file's own time on the wall clock of the host that recorded it, by what the recording program wrote beside it: `frames.csv` of this
 * program, or rpicam-vid's `--metadata` in either format.
 * @throws UsageError where there is no such sidecar, or none with times.
 */
export async function lineBySidecar(file: string, onProgress?: ReadProgress): Promise<ToldLine> {
  const stem = stemOf(file);
  for (const ending of ENDINGS) {
    const told = await timesIn(`${stem}${ending}`, ending);
    if (told === undefined) continue;
    const ownUs = await ownTimes(file, await presentationTimes(file, onProgress));
    const points = ownUs.flatMap((us, i): [number, number][] => {
      const at = told.us[i];
      return at === undefined ? [] : [[us, at]];
    });
    if (points.length > 0) return { ...fitLine(points, STAMP_US), clock: told.clock };
  }
  throw new UsageError(
    `${file}: no times beside it: ${stem}.frames.csv, or rpicam-vid's --metadata as ${stem}.metadata.json, is looked for`,
  );
}

/** Undefined where the sidecar is not there or holds no times. */
async function timesIn(sidecar: string, ending: string): Promise<Told | undefined> {
  if (!existsSync(sidecar)) return undefined;
  if (ending === '.frames.csv') return { clock: 'wall', us: (await readTimestamps(sidecar, 1)).timesUs };
  // All values of an hour's metadata would be hundreds of megabytes.
  const told = { wall: [] as (number | undefined)[], boot: [] as (number | undefined)[] };
  for await (const { wallNs, sensorNs } of readMetadata(sidecar)) {
    told.wall.push(wallNs === undefined ? undefined : nsToUs(wallNs));
    told.boot.push(sensorNs === undefined ? undefined : nsToUs(sensorNs));
  }
  for (const clock of ['wall', 'boot'] as const) {
    const us = told[clock];
    if (us.some((each) => each !== undefined)) return { clock, us };
  }
  return undefined;
}

async function presentationTimes(file: string, onProgress?: ReadProgress): Promise<number[]> {
  const video = await openVideo(file);
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
