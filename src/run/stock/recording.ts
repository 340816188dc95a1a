import { countPictures } from '../../record/conform.ts';
import { FramesCsv } from '../../record/frames-csv.ts';
import type { Capture } from '../../record/true-times.ts';
import { readTextIfThere } from '../../regular-file.ts';
import { type FrameList, type FrameListOptions, listFrames } from '../../rpicam/frame-list.ts';
import { readMetadata } from '../../rpicam/metadata-reader.ts';
import { readPts } from '../../rpicam/pts-reader.ts';
import type { TimelineStart } from '../../time/timecode.ts';
import { nsToUs } from '../../time/units.ts';
import type { StockFiles } from './arguments.ts';

/** What a take needs of a frame's metadata. */
export interface StockFrame {
  readonly sensorNs: bigint | undefined;
  readonly wallNs: bigint | undefined;
  readonly syncTimerUs: number | undefined;
  readonly exposureUs: number | undefined;
  readonly gain: number | undefined;
}

/** What is known of the take's timeline, for all its cameras. */
export interface TakeTimeline extends Pick<FrameListOptions, 'frameRate' | 'readyTimeUs' | 'anchors' | 'wallOf'> {
  /** When frame 0 is, as the files shall tell it. Default: the ready time, in this host's local time. */
  readonly start?: TimelineStart | undefined;
}

/** What one stock camera recorded, read from its files. */
export class StockRecording {
  readonly frames: readonly StockFrame[];
  /** Pictures in its file. */
  readonly pictures: number;
  private readonly pts: readonly number[];

  /** @throws UsageError where the files can't be read. */
  static async read(files: StockFiles): Promise<StockRecording> {
    return StockRecording.readBeside(await countPictures(files.video), files.metadata, files.pts);
  }

  /**
   * One whose pictures are counted already.
   * @param pictures undefined where they can't be: then as many as it has metadata of.
   * @param pts file of their times, where there is one.
   * @throws UsageError where the metadata can't be read.
   */
  static async readBeside(pictures: number | undefined, metadata: string, pts?: string): Promise<StockRecording> {
    const frames: StockFrame[] = [];
    // All values of an hour's metadata would be hundreds of megabytes.
    for await (const { sensorNs, wallNs, syncTimerUs, exposureUs, analogueGain } of readMetadata(metadata)) {
      frames.push({ sensorNs, wallNs, syncTimerUs, exposureUs, gain: analogueGain });
    }
    const times = pts === undefined ? [] : readPts((await readTextIfThere(pts)) ?? '', pts);
    return new StockRecording(frames, pictures ?? frames.length, times);
  }

  constructor(frames: readonly StockFrame[], pictures: number, pts: readonly number[]) {
    this.frames = frames;
    this.pictures = pictures;
    this.pts = pts;
  }

  /** Its first frame on the wall clock, in us, where its metadata tell. */
  get firstWallUs(): number | undefined {
    const ns = this.frames[0]?.wallNs;
    return ns === undefined ? undefined : nsToUs(ns);
  }

  /** False where its metadata have no wall clock, as those of an older libcamera. */
  get hasWallClock(): boolean {
    return this.frames.some(({ wallNs }) => wallNs !== undefined);
  }

  /** The slots of its pictures. @param wanted slots of its file, where that is fixed. */
  list(timeline: TakeTimeline, wanted?: number): FrameList {
    return listFrames(this.frames, { ...timeline, fileFrames: this.pictures, pts: this.pts, wanted });
  }

  /** When the picture of each slot was captured; undefined where a slot has none. */
  captures(list: FrameList, slots: number): (Capture | undefined)[] {
    const pictures = picturesBySlot(list);
    return Array.from({ length: slots }, (_, slot) => {
      const picture = pictures.get(slot);
      if (picture === undefined) return undefined;
      const { sensorUs, phaseUs } = this.row(picture, list, undefined);
      return { sensorUs, phaseUs };
    });
  }

  /**
   * Writes `frames.csv`: a row a slot, a repeat where it has no picture.
   * @param slots from the first one to the one behind the last.
   * @param wallOf for frames without a wall clock.
   */
  async writeCsv(
    file: string,
    list: FrameList,
    slots: { readonly first: number; readonly end: number },
    wallOf: TakeTimeline['wallOf'],
  ): Promise<void> {
    const pictures = picturesBySlot(list);
    const csv = await FramesCsv.open(file);
    for (let slot = slots.first; slot < slots.end; slot++) {
      const picture = pictures.get(slot);
      csv.write({
        slot,
        state: picture === undefined ? 'repeated' : 'captured',
        cause: picture === undefined ? 'missed' : undefined,
        row: picture === undefined ? undefined : this.row(picture, list, wallOf),
      });
    }
    await csv.close();
  }

  /** Writes a row a picture, as the file holds them: indices rise by more than 1 where frames are missing. */
  writeRows(csv: FramesCsv, list: FrameList, wallOf: TakeTimeline['wallOf']): void {
    list.slots.forEach((slot, picture) => {
      csv.write({ slot, state: 'captured', row: this.row(picture, list, wallOf) });
    });
  }

  /**
   * Times of a picture behind the last entry of the metadata: PTS are its own times too, counted from another moment.
   */
  private byPts(picture: number): StockFrame | undefined {
    const last = this.frames.length - 1;
    const [frame, then, now] = [this.frames[last], this.pts[last], this.pts[picture]];
    if (frame === undefined || then === undefined || now === undefined) return undefined;
    const { sensorNs, wallNs } = frame;
    const unknown = { syncTimerUs: undefined, exposureUs: undefined, gain: undefined };
    return { sensorNs: later(sensorNs, now - then), wallNs: later(wallNs, now - then), ...unknown };
  }

  private row(picture: number, list: FrameList, wallOf: TakeTimeline['wallOf']) {
    const frame = this.frames[picture] ?? this.byPts(picture);
    const sensorUs = frame?.sensorNs === undefined ? undefined : nsToUs(frame.sensorNs);
    return {
      wallClockUs: frame?.wallNs === undefined ? sensorUs && wallOf?.(sensorUs) : nsToUs(frame.wallNs),
      sensorUs,
      exposureUs: frame?.exposureUs,
      gain: frame?.gain,
      phaseUs: list.phaseUs[picture],
      correctionUs: undefined,
    };
  }
}

const later = (ns: bigint | undefined, us: number): bigint | undefined =>
  ns === undefined ? undefined : ns + BigInt(Math.round(us * 1000));

/** Of two pictures in one slot the first counts. */
function picturesBySlot(list: FrameList): ReadonlyMap<number, number> {
  const pictures = new Map<number, number>();
  list.slots.forEach((slot, i) => {
    if (!pictures.has(slot)) pictures.set(slot, i);
  });
  return pictures;
}
