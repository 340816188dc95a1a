import type { AccessUnit } from '../libav/annex-b.ts';
import type { VideoTrack } from '../libav/container.ts';
import type { ExportTake } from './take.ts';

/** Where a file's bytes go, one behind the other. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>;
  /** Bytes that were written. */
  position(): bigint;
}

/** What a format may ask of the take's videos, each by its name in the take, and of where the export will stand. */
export interface ExportSources {
  /** What a file says of its pictures. */
  track(file: string): Promise<VideoTrack>;
  /**
   * The pictures of a file of H.264 in order, as Annex B with the parameter sets before each keyframe, nothing decoded.
   */
  pictures(file: string): AsyncIterable<AccessUnit>;
  /** The address of a file of the export, `file:///...`, once the export is whole. */
  urlOf(path: string): string;
}

/** One file of an export; `path` is below its folder, with `/` between folders. */
export type ExportFile =
  | {
      readonly path: string;
      /** A video of the take, by its name there: linked or copied, into another container where the endings differ. */
      readonly video: string;
    }
  | {
      readonly path: string;
      /** In pieces where it is large. */
      readonly text: string | Iterable<string>;
    }
  | {
      readonly path: string;
      /** @param told called now and then with the frames that were written since. */
      write(to: ByteSink, told: (frames: number) => void): Promise<void>;
    };

/** What an export is made of, settled before anything is written. */
export interface ExportPlan {
  readonly files: readonly ExportFile[];
  /** What a person does with it next: lines of its README.txt. */
  readonly next: readonly string[];
  /** Where the format itself tells of repeats and lost frames: a line. Undefined: README.txt alone does. */
  readonly toldIn?: string;
}

/** A format that takes can be exported to. Adding one touches its file and the list in `formats.ts`. */
export interface ExportFormat {
  /** What `--for` calls it. */
  readonly name: string;
  /** What it makes, a few words. */
  readonly makes: string;
  /** @throws UsageError where a take can't be told in it: a line that says why, and what to do. */
  plan(take: ExportTake, sources: ExportSources): ExportPlan | Promise<ExportPlan>;
}
