import { stat } from 'node:fs/promises';
import { openClock } from '../../host/clock.ts';
import { partsOf, type Take, type TakeCamera } from '../../record/take.ts';
import { formatOf, VIDEO_ENDING } from '../../record/take-format.ts';
import { takePath } from '../../record/take-path.ts';
import { readGrid } from '../files/grid-file.ts';
import { beginTogether } from '../stock/begin-together.ts';
import { conformTake, type StockSource } from '../stock/conform.ts';
import { StockRecording } from '../stock/recording.ts';
import type { CompleteEvents } from './complete.ts';

/**
 * Makes the take's files of what stock cameras recorded, where nobody did: their `record` was killed. Frames are placed
 * by what the server's messages said, which is in the take. What was recorded is kept beside.
 * @returns the take with what is known of those cameras then.
 */
export async function withStock(folder: string, take: Take, events: CompleteEvents): Promise<Take> {
  const sources: StockSource[] = [];
  for (const camera of take.cameras) {
    for (const source of sourcesOf(folder, camera)) if (await hasBytes(source.files.video)) sources.push(source);
  }
  if (sources.length === 0) return take;
  const anchors = await readGrid(folder);
  const { bootUs, wallUs } = openClock().pair();
  const announced = {
    frameRate: take.frameRate,
    readyTimeUs: take.sync.readyTimeUs,
    anchors,
    wallOf: (sensorUs: number) => sensorUs - bootUs + wallUs,
  };
  const alone = new Set(sources.map(({ name }) => name)).size === take.cameras.length;
  const timeline = alone ? beginTogether(announced, await recordingsOf(sources)) : announced;
  const known = new Map<string, Partial<TakeCamera>>();
  // One by one: each keeps all that it has. What others have more is made up for by repeats, as with any camera.
  for (const source of sources) {
    events.signal?.throwIfAborted();
    const conformed = await conformTake(
      [source],
      timeline,
      {
        folder,
        format: formatOf(take.cameras.find(({ name }) => name === source.name)?.file ?? ''),
        frameRate: take.frameRate,
        encoder: undefined,
        keepOriginal: true,
        timestamps: take.timestamps ?? 'nominal',
      },
      { wanted: undefined, others: [], atMost: take.wanted },
      {
        onProblem: (name, text) => events.onNote?.(`warning: ${name}: ${text}`),
        onNote: (text) => events.onNote?.(text),
        onProgress: (file, done) => events.onProgress?.(file, done, take.wanted),
      },
    );
    for (const more of conformed.values()) known.set(source.name, { ...known.get(source.name), ...more });
  }
  return { ...take, cameras: take.cameras.map((camera) => ({ ...camera, ...known.get(camera.name) })) };
}

/** What each process of a stock camera recorded. */
function sourcesOf(folder: string, camera: TakeCamera): StockSource[] {
  const { name, model, sync, stock } = camera;
  if (stock === undefined || stock.conformed !== undefined) return [];
  const parts = partsOf(camera);
  return parts.map(({ file }, i) => {
    // What it records is named as the camera, whatever the take's file is called.
    const base = file.replace(VIDEO_ENDING, '');
    const its = (ending: string): string => takePath(folder, `${base}.${ending}`);
    // Of several processes `take.json` tells the last one's arguments and files.
    const beside =
      parts.length > 1
        ? { metadata: its('metadata.json'), pts: its('pts'), log: its('log') }
        : {
            metadata: takePath(folder, stock.metadata),
            pts: takePath(folder, stock.pts),
            log: takePath(folder, stock.log),
          };
    // Until it was in its place it was told nothing of the beginning: all that it recorded belongs to the take.
    const fromSlot = i === 0 ? undefined : 0;
    return { name, base, fromSlot, model, sync, stock, end: 'failed', files: { video: its('h264'), ...beside } };
  });
}

/** What can be read of it. */
async function recordingsOf(sources: readonly StockSource[]): Promise<StockRecording[]> {
  const all = await Promise.all(sources.map(({ files }) => StockRecording.read(files).catch(() => undefined)));
  return all.filter((each) => each !== undefined && each.pictures > 0) as StockRecording[];
}

const hasBytes = async (file: string): Promise<boolean> => ((await stat(file).catch(() => undefined))?.size ?? 0) > 0;
