import { frameOfTimecode } from '../time/timecode.ts';
import type { ExportSources } from './format.ts';
import { type ExportTake, stretchesIn } from './take.ts';

/** Something that an editor shows on a clip. */
export interface Mark {
  /** Its first frame in the file, from 0. */
  readonly at: number;
  readonly frames: number;
  readonly text: string;
}

/** A file as an editor sees it. */
export interface EditedPart {
  /** Its name in the take. */
  readonly file: string;
  /** Where it lies in the export. */
  readonly path: string;
  readonly url: string;
  /** Index of its first frame on the take's timeline. */
  readonly firstIndex: number;
  readonly frames: number;
  /** The number of its first frame by its own timecode, counted from midnight; 0 without one. */
  readonly mediaStart: number;
  readonly marks: readonly Mark[];
}

/** A take as an editor sees it: files with timecode on one timeline. */
export interface EditedTake {
  readonly take: ExportTake;
  /** The number of frame 0 by its timecode, counted from midnight; 0 without one. */
  readonly startFrame: number;
  /** Whether its timecode leaves numbers out, so that it keeps up with the clock. */
  readonly dropFrame: boolean;
  readonly cameras: readonly { readonly name: string; readonly parts: readonly EditedPart[] }[];
}

/** Reads the timecode of each file, as editors will: what the timeline says has to be what they find. */
export async function editTake(take: ExportTake, { track, urlOf }: ExportSources): Promise<EditedTake> {
  let startFrame: number | undefined;
  let dropFrame = false;
  const cameras: { name: string; parts: EditedPart[] }[] = [];
  for (const { name, parts } of take.cameras) {
    const edited: EditedPart[] = [];
    for (const part of parts) {
      const { timecode } = await track(part.file);
      const mediaStart = timecode === undefined ? undefined : frameOfTimecode(timecode, take.frameRate);
      if (mediaStart !== undefined) startFrame ??= mediaStart - part.firstIndex;
      dropFrame ||= timecode?.includes(';') ?? false;
      const path = `videos/${part.file}`;
      const marks = stretchesIn(part).map(({ first, last, state }) => ({
        at: first - part.firstIndex,
        frames: last - first + 1,
        text: `no picture of its own: ${state}`,
      }));
      edited.push({
        ...{ file: part.file, path, url: urlOf(path), firstIndex: part.firstIndex },
        ...{ frames: part.states.length, mediaStart: mediaStart ?? 0, marks },
      });
    }
    cameras.push({ name, parts: edited });
  }
  return { take, startFrame: startFrame ?? 0, dropFrame, cameras };
}
