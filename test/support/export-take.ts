import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FileTags } from '../../src/libav/file-tags.ts';
import type { VideoCodec } from '../../src/record/encoder.ts';
import { FRAMES_CSV_HEADER } from '../../src/record/frames-csv.ts';
import { type Take, writeTake } from '../../src/record/take.ts';
import { type FrameRate, periodUs } from '../../src/time/frame-rate.ts';
import { timecodeAt } from '../../src/time/timecode.ts';
import { RATE, recordVideo } from './cut-off.ts';
import { syntheticCamera, syntheticTake } from './take.ts';

/** Frame 0 of the takes here. */
export const START_US = Date.UTC(2026, 0, 2, 3, 4, 5) * 1000;

/** One file of a camera: which frames it has, and what happened to some of them (`missed`, `lost`, ...). */
export interface MadePart {
  readonly first?: number;
  readonly frames: number;
  readonly repeats?: Readonly<Record<number, string>>;
}

/** How far frames of a camera are behind their places, us; each a little further than the one before. */
export const phaseOf = (camera: number, index: number): number => 10 * camera + index / 8;

/** When a frame is captured, us since 1970. */
export const wallOf = (camera: number, index: number): number =>
  START_US + Math.round((index * 1e6) / 30) + phaseOf(camera, index);

/** Files say when they begin, in UTC, as those of `record` do. */
const tagsAt = (name: string, rate: FrameRate): FileTags => ({
  name,
  start: (slot) => ({
    wallUs: START_US + slot * periodUs(rate),
    timecode: timecodeAt({ wallUs: START_US, utcOffsetMinutes: 0 }, rate, slot),
  }),
});

/**
 * A finished take in a folder, its videos recorded by the project's own encoder: `cam0`, `cam1`, ..., a list of files
 * each.
 */
export async function makeTake(
  folder: string,
  cameras: readonly (readonly MadePart[])[],
  more: Partial<Take> & { readonly codec?: VideoCodec; readonly ending?: string } = {},
): Promise<Take> {
  const { codec, ending = 'mp4', ...fields } = more;
  const { frameRate = RATE } = fields;
  const frames = Math.max(...cameras.flat().map((part) => (part.first ?? 0) + part.frames));
  const described = await Promise.all(
    cameras.map(async (parts, number) => {
      const files = [];
      for (const [k, { first = 0, frames, repeats = {} }] of parts.entries()) {
        const stem = `cam${number}${k === 0 ? '' : `-${k + 1}`}`;
        const file = `${stem}.${ending}`;
        const tags = tagsAt(`cam${number}`, frameRate);
        await recordVideo(join(folder, file), { first, frames, frameRate, intra: 10, tags, ...(codec && { codec }) });
        const rows = Array.from({ length: frames }, (_, at) => {
          const index = first + at;
          const cause = repeats[index];
          if (cause !== undefined) return `${index},,,repeated,,,,,,,${cause}`;
          return `${index},${wallOf(number, index)},,captured,5000,1,${phaseOf(number, index)},,,,`;
        });
        const framesCsv = `${stem}.frames.csv`;
        writeFileSync(join(folder, framesCsv), `${[FRAMES_CSV_HEADER, ...rows].join('\n')}\n`);
        files.push({ file, framesCsv, firstIndex: first, frames });
      }
      const { file = '', framesCsv = '', firstIndex = 0, frames = 0 } = files[0] ?? {};
      return syntheticCamera(number, {
        ...{ file, framesCsv, firstIndex, frames, model: 'imx219' },
        ...(files.length > 1 && { files }),
      });
    }),
  );
  const take = syntheticTake(1, { state: 'complete', frames, wanted: frames, cameras: described, ...fields });
  await writeTake(folder, take);
  return take;
}
