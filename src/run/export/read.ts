import { existsSync } from 'node:fs';
import { UsageError } from '../../errors.ts';
import type { ExportCamera, ExportPart, ExportTake, SlotState } from '../../export/take.ts';
import { partsOf, readTake, type TakeCamera, type TakePart } from '../../record/take.ts';
import { takePath } from '../../record/take-path.ts';
import { periodUs } from '../../time/frame-rate.ts';
import { readFrameRows } from '../../verify/read-frame-rows.ts';
import { nameOf } from '../files/folder.ts';

const COLUMNS = ['index', 'wall_clock_us', 'state', 'phase_us', 'cause'];
const CAUSES: readonly SlotState[] = ['missed', 'overload', 'lost'];

/**
 * A finished take with what became of each of its frames.
 * @throws UsageError where the folder is no take, the take is not finished, or its rows are not those of its files.
 */
export async function readExportTake(folder: string, signal?: AbortSignal): Promise<ExportTake> {
  const take = await readTake(folder);
  if (take.state === 'recording')
    throw new UsageError(
      `${folder}: the take is not finished; when it is no longer recorded, genlock repair finishes it`,
    );
  const { frames = 0, frameRate, width, height, note } = take;
  if (frames === 0) throw new UsageError(`${folder}: holds no frames`);
  const period = periodUs(frameRate);
  const read: { camera: TakeCamera; parts: Rows[] }[] = [];
  for (const camera of take.cameras) {
    const parts: Rows[] = [];
    for (const part of partsOf(camera)) {
      if (part.frames === 0 || (part.frames === undefined && !existsSync(takePath(folder, part.file)))) continue;
      parts.push(await readRows(folder, part, frames, signal));
    }
    read.push({ camera, parts });
  }
  if (read.every(({ parts }) => parts.length === 0)) throw new UsageError(`${folder}: no camera recorded anything`);
  const startUs =
    take.sync.readyTimeUs ??
    firstKnown(
      read.flatMap(({ parts }) => parts),
      period,
    ) ??
    Date.parse(take.started);
  const cameras = read.map(
    ({ camera, parts }): ExportCamera => ({
      name: camera.name,
      model: camera.model,
      parts: parts.map((rows) => ({ ...rows, wallUs: filled(rows, startUs, period) })),
    }),
  );
  const trueTimes = take.timestamps === 'true' || take.cameras.some(({ timestamps }) => timestamps === 'true');
  return { name: nameOf(folder), frameRate, frames, width, height, startUs, trueTimes, note, cameras };
}

/** A file's rows; times that are not known are NaN. */
type Rows = ExportPart;

async function readRows(folder: string, part: TakePart, most: number, signal?: AbortSignal): Promise<Rows> {
  const video = takePath(folder, part.file);
  if (!existsSync(video)) throw new UsageError(`${video}: no such file`);
  const file = takePath(folder, part.framesCsv);
  if (!existsSync(file)) throw new UsageError(`${file}: no such file: without it no frame has its time`);
  const first = part.firstIndex ?? 0;
  const states: SlotState[] = [];
  const [wall, phase]: [number[], number[]] = [[], []];
  for await (const [index, wallUs, state, phaseUs, cause] of readFrameRows(file, COLUMNS, { signal })) {
    if (states.length >= most) throw new UsageError(`${file}: has more rows than the take has frames (${most})`);
    if (Number(index || Number.NaN) !== first + states.length)
      throw new UsageError(`${file}: row ${states.length + 1}: index is not ${first + states.length}`);
    states.push(stateOf(state, cause));
    wall.push(numberOf(wallUs));
    phase.push(numberOf(phaseUs));
  }
  const frames = part.frames ?? states.length;
  if (states.length !== frames)
    throw new UsageError(`${file}: has ${states.length} rows of ${frames} frames; genlock repair looks at the take`);
  return {
    ...{ file: part.file, firstIndex: first, states },
    ...{ wallUs: Float64Array.from(wall), phaseUs: Float64Array.from(phase) },
  };
}

function stateOf(state: string | undefined, cause: string | undefined): SlotState {
  if (state === 'captured') return 'captured';
  if (state !== 'repeated') return 'unknown';
  return CAUSES.find((each) => each === cause) ?? 'repeated';
}

function numberOf(text: string | undefined): number {
  const value = text?.trim() ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : Number.NaN;
}

/** When frame 0 was, by the first frame whose time is known. */
function firstKnown(parts: readonly Rows[], period: number): number | undefined {
  for (const { firstIndex, wallUs, phaseUs } of parts) {
    const at = wallUs.findIndex((us) => !Number.isNaN(us));
    if (at >= 0) return (wallUs[at] as number) - (phaseUs[at] || 0) - (firstIndex + at) * period;
  }
  return undefined;
}

/** The times with those that are not known put between the ones around them, or a period a frame from the nearest. */
function filled({ firstIndex, wallUs }: Rows, startUs: number, period: number): Float64Array {
  const times = Float64Array.from(wallUs);
  const known = [...wallUs.keys()].filter((at) => !Number.isNaN(wallUs[at] as number));
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return times.map((_, at) => startUs + (firstIndex + at) * period);
  let before = first;
  let next = 0;
  for (const at of times.keys()) {
    while (next < known.length && (known[next] as number) <= at) before = known[next++] as number;
    if (!Number.isNaN(times[at] as number)) continue;
    const beforeUs = wallUs[before] as number;
    const after = known[next];
    if (at < first || after === undefined) times[at] = beforeUs + (at - before) * period;
    else times[at] = beforeUs + (((wallUs[after] as number) - beforeUs) * (at - before)) / (after - before);
  }
  return times;
}
