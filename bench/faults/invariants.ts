import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { partsOf, readTake, type TakePart } from '../../src/record/take.ts';
import { periodUs } from '../../src/time/frame-rate.ts';
import type { Readout } from '../../src/time/readout.ts';

/** What must hold of every take, whatever happened to it. */
export interface Checked {
  readonly frames: number;
  readonly decoded: number;
  readonly captured: number;
  readonly repeated: { readonly missed: number; readonly overload: number; readonly lost: number };
  /** The first slots without a frame of their own, in words. */
  readonly gaps: readonly string[];
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
/**
 * A camera whose process stood still for so many frames kept the length of its last frame all the while, which may have
 * been one to catch up with: it has so many frames to come back into its place, and is in its slot meanwhile.
 */
const STOOD_STILL = 3;
const BACK_FRAMES = 30;
/** Share of frames whose time may be unreadable, as in `verify`. */
const UNREADABLE = 0.05;
/** Complaints of one kind that are spelled out. */
const MOST = 5;
/** Slots without a frame of their own that are named. */
const MOST_GAPS = 20;

/** When each frame was exposed, us, and how far it may be from others, by its index. */
type Exposed = Map<number, { readonly us: number; readonly toleranceUs: number; readonly phaseUs: number }>;

interface Slot {
  readonly state: string;
  readonly cause: string;
  readonly us: number | undefined;
  /** How far the camera says that it is from the slot, us. */
  readonly phaseUs: number;
}

/**
 * Reads a whole take from its pixels: every file decodes to exactly its frames, `frames.csv` has a row for each,
 * repeats show the frame before, frames follow each other as their indices say, and frames of one index were exposed
 * together on all cameras.
 * @param told cameras must also be where they say that they are: not so where clocks are set meanwhile.
 */
export async function checkTake(folder: string, { told = false } = {}): Promise<Checked> {
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
  const gaps: string[] = [];
  let [decoded, captured] = [0, 0];
  const cameras: Exposed[] = [];
  const files = take.cameras.flatMap(partsOf).filter(({ frames = 0 }) => frames > 0);
  const readouts = new Map(
    take.cameras.flatMap((camera) => partsOf(camera).map(({ file }) => [join(folder, file), camera.readout] as const)),
  );
  const read = await readAll(
    files.map(({ file }) => join(folder, file)),
    readouts,
  );
  for (const camera of take.cameras) {
    const exposed: Exposed = new Map();
    let [still, backUntil, unreadable] = [0, 0, 0];
    for (const part of partsOf(camera)) {
      const slots = readRows(folder, part, read.get(join(folder, part.file)), complain);
      decoded += slots.length;
      const first = part.firstIndex ?? 0;
      let before: { index: number; us: number } | undefined;
      for (const [i, { state, cause, us, phaseUs }] of slots.entries()) {
        const index = first + i;
        if (state === 'repeated') {
          still++;
          if (cause in repeated) repeated[cause as keyof typeof repeated]++;
          if (gaps.length < MOST_GAPS) gaps.push(`${part.file} frame ${index} ${cause}`);
          if (before && us !== undefined && Math.abs(us - before.us) > SAME * period) {
            complain('a repeat shows another frame', `${part.file} frame ${index}`);
          }
          continue;
        }
        captured++;
        if (still >= STOOD_STILL) backUntil = index + BACK_FRAMES;
        still = 0;
        if (us === undefined) {
          unreadable++;
          before = undefined;
          continue;
        }
        const back = index < backUntil;
        if (before && !back && Math.abs(us - before.us - (index - before.index) * period) > 2 * TOLERANCE_US) {
          const apart = ((us - before.us) / period).toFixed(3);
          complain('frames out of step', `${part.file} frames ${before.index} and ${index} are ${apart} periods apart`);
        }
        before = { index, us };
        exposed.set(index, { us, phaseUs, toleranceUs: back ? period / 2 : TOLERANCE_US });
      }
    }
    if (unreadable > exposed.size * UNREADABLE) complain('unreadable', `${unreadable} frames of ${camera.name}`);
    cameras.push(exposed);
  }
  const furthest = compare(cameras, complain, told);
  return { frames: take.frames ?? 0, decoded, captured, repeated, gaps, ...furthest, broken };
}

/** What was read of one file. */
interface ReadPart {
  readonly frames: number;
  readonly firstSlot: number;
  readonly timesUs: readonly (number | null)[];
}

/** Reads files from their pixels, as many at once as there are cores. */
async function readAll(
  files: readonly string[],
  readouts: ReadonlyMap<string, Readout | undefined>,
): Promise<ReadonlyMap<string, ReadPart | Error>> {
  const read = new Map<string, ReadPart | Error>();
  const waiting = [...files];
  const worker = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const { topUs, rowUs } = readouts.get(file) ?? {};
      const readout = topUs === undefined || rowUs === undefined ? [] : [String(topUs), String(rowUs)];
      const args = ['--import', 'tsx', 'bench/faults/read-part.ts', file, ...readout];
      try {
        const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 28 });
        read.set(file, JSON.parse(stdout) as ReadPart);
      } catch (error) {
        read.set(file, error as Error);
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return read;
}

function readRows(
  folder: string,
  part: TakePart,
  read: ReadPart | Error | undefined,
  complain: (kind: string, text: string) => void,
): Slot[] {
  const rows = readFileSync(join(folder, part.framesCsv), 'utf8').trimEnd().split('\n').slice(1);
  if (read === undefined) return [];
  if (read instanceof Error) {
    complain('unreadable file', `${part.file}: ${read.message}`);
    return [];
  }
  const first = part.firstIndex ?? 0;
  if (read.frames !== part.frames)
    complain('frames', `${part.file} decodes ${read.frames}, take.json says ${part.frames}`);
  if (rows.length !== read.frames) complain('rows', `${part.framesCsv} has ${rows.length} for ${read.frames} frames`);
  if (read.firstSlot !== first) complain('first frame', `${part.file} begins at ${read.firstSlot}, not at ${first}`);
  return rows.map((row, i) => {
    const fields = row.split(',');
    if (Number(fields[0]) !== first + i) complain('index', `${part.framesCsv} row ${i} says ${fields[0]}`);
    return {
      state: fields[3] ?? '',
      cause: fields.at(-1) ?? '',
      us: read.timesUs[i] ?? undefined,
      phaseUs: Number(fields[6]),
    };
  });
}

/** Each camera against the first other one that has the frame. */
function compare(cameras: readonly Exposed[], complain: (kind: string, text: string) => void, told: boolean) {
  let [compared, worstUs, worst] = [0, 0, ''];
  for (const [i, camera] of cameras.entries()) {
    for (const [index, { us, toleranceUs, phaseUs }] of camera) {
      const other = cameras
        .slice(0, i)
        .find((each) => each.has(index))
        ?.get(index);
      if (other === undefined) continue;
      compared++;
      const apartUs = Math.abs(us - other.us);
      const tolerance = Math.max(toleranceUs, other.toleranceUs);
      if (tolerance === TOLERANCE_US && apartUs > worstUs) [worstUs, worst] = [apartUs, `cam${i} frame ${index}`];
      const toldUs = phaseUs - other.phaseUs;
      if (told && Math.abs(us - other.us - toldUs) > TOLERANCE_US) {
        const said = `cam${i} frame ${index}: ${(us - other.us).toFixed(0)} us off, it says ${toldUs.toFixed(0)} us`;
        complain('elsewhere than it says', said);
      }
      if (apartUs > tolerance) complain('not together', `cam${i} frame ${index}: ${apartUs.toFixed(0)} us`);
    }
  }
  return { compared, worstUs, worst };
}
