import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { partsOf, readTake, type TakePart } from '../../src/record/take.ts';
import { periodUs } from '../../src/time/frame-rate.ts';
import { readTimes } from '../../src/verify/read-times.ts';

/** What must hold of every take, whatever happened to it. */
export interface Checked {
  readonly frames: number;
  readonly decoded: number;
  readonly captured: number;
  readonly repeated: { readonly missed: number; readonly overload: number; readonly lost: number };
  /** Frames that were held against another camera's, and the furthest of them, us. */
  readonly compared: number;
  readonly worstUs: number;
  /** Where that was. */
  readonly worst: string;
  readonly broken: readonly string[];
}

/** Frames of one index may be apart by so much, us. */
const TOLERANCE_US = 1_000;
/** Two pictures closer than this share of a period are one. */
const SAME = 0.25;
/** Complaints of one kind that are spelled out. */
const MOST = 5;

interface Slot {
  readonly state: string;
  readonly cause: string;
  readonly us: number | undefined;
}

/**
 * Reads a whole take from its pixels: every file decodes to exactly its frames, `frames.csv` has a row for each, repeats show the frame before, frames
 * follow each other as their indices say, and frames of one index were exposed together on all cameras.
 */
export async function checkTake(folder: string, progress: (text: string) => void = () => {}): Promise<Checked> {
  const take = await readTake(folder);
  const period = periodUs(take.frameRate);
  const broken: string[] = [];
  const kinds = new Map<string, number>();
  const complain = (kind: string, text: string): void => {
    const count = (kinds.get(kind) ?? 0) + 1;
    kinds.set(kind, count);
    if (count <= MOST) broken.push(`${kind}: ${text}`);
    else if (count === MOST + 1) broken.push(`${kind}: and more`);
  };
  const repeated = { missed: 0, overload: 0, lost: 0 };
  let [decoded, captured] = [0, 0];
  const cameras: Map<number, number>[] = [];
  for (const camera of take.cameras) {
    const exposed = new Map<number, number>();
    for (const part of partsOf(camera)) {
      const slots = await readPart(folder, part, complain, progress);
      decoded += slots.length;
      const first = part.firstIndex ?? 0;
      let before: { index: number; us: number } | undefined;
      for (const [i, { state, cause, us }] of slots.entries()) {
        const index = first + i;
        if (state === 'repeated') {
          if (cause in repeated) repeated[cause as keyof typeof repeated]++;
          if (before && us !== undefined && Math.abs(us - before.us) > SAME * period) {
            complain('a repeat shows another frame', `${part.file} frame ${index}`);
          }
          continue;
        }
        captured++;
        if (us === undefined) {
          complain('unreadable', `${part.file} frame ${index}`);
          continue;
        }
        if (before && Math.abs(us - before.us - (index - before.index) * period) > 2 * TOLERANCE_US) {
          const apart = ((us - before.us) / period).toFixed(3);
          complain('frames out of step', `${part.file} frames ${before.index} and ${index} are ${apart} periods apart`);
        }
        before = { index, us };
        exposed.set(index, us);
      }
    }
    cameras.push(exposed);
  }
  const furthest = compare(cameras, complain);
  return { frames: take.frames ?? 0, decoded, captured, repeated, ...furthest, broken };
}

async function readPart(
  folder: string,
  part: TakePart,
  complain: (kind: string, text: string) => void,
  progress: (text: string) => void,
): Promise<Slot[]> {
  const rows = readFileSync(join(folder, part.framesCsv), 'utf8').trimEnd().split('\n').slice(1);
  if ((part.frames ?? 0) === 0) return [];
  const times = await readTimes(join(folder, part.file), (file, frames) => progress(`${file}: ${frames}`));
  const first = part.firstIndex ?? 0;
  if (times.frames !== part.frames)
    complain('frames', `${part.file} decodes ${times.frames}, take.json says ${part.frames}`);
  if (rows.length !== times.frames) complain('rows', `${part.framesCsv} has ${rows.length} for ${times.frames} frames`);
  if (times.firstSlot !== first) complain('first frame', `${part.file} begins at ${times.firstSlot}, not at ${first}`);
  return rows.map((row, i) => {
    const fields = row.split(',');
    if (Number(fields[0]) !== first + i) complain('index', `${part.framesCsv} row ${i} says ${fields[0]}`);
    return { state: fields[3] ?? '', cause: fields.at(-1) ?? '', us: times.timesUs[i] };
  });
}

/** Each camera against the first other one that has the frame. */
function compare(cameras: readonly Map<number, number>[], complain: (kind: string, text: string) => void) {
  let [compared, worstUs, worst] = [0, 0, ''];
  for (const [i, camera] of cameras.entries()) {
    for (const [index, us] of camera) {
      const other = cameras
        .slice(0, i)
        .find((each) => each.has(index))
        ?.get(index);
      if (other === undefined) continue;
      compared++;
      const apartUs = Math.abs(us - other);
      if (apartUs > worstUs) [worstUs, worst] = [apartUs, `cam${i} frame ${index}`];
      if (apartUs > TOLERANCE_US) complain('not together', `cam${i} frame ${index}: ${apartUs.toFixed(0)} us`);
    }
  }
  return { compared, worstUs, worst };
}
