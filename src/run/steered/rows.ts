import { UsageError } from '../../errors.ts';
import type { HostClock } from '../../host/clock.ts';
import { countPictures } from '../../record/conform.ts';
import { FramesCsv } from '../../record/frames-csv.ts';
import type { FrameRate } from '../../time/frame-rate.ts';
import { periodUs } from '../../time/frame-rate.ts';
import { ServerListener } from '../files/server-listener.ts';
import { StockRecording } from '../stock/recording.ts';

/** Where a stock process writes what rows are made of. */
export interface RowSources {
  /** Its video, where that is elementary H.264 in a file: its pictures are counted. */
  readonly video: string | undefined;
  readonly metadata: string;
  /** Times of its pictures, where it writes them. */
  readonly pts: string | undefined;
}

/**
 * frames.csv of a recording that rpicam-vid writes: made of its metadata and of what the server said, once it has
 * ended. The recording stays as it is, so there is a row for each picture that it holds, and none for one that it
 * lacks.
 */
export class SteeredRows {
  private readonly frameRate: FrameRate;
  private readonly csv: FramesCsv;
  private readonly server: ServerListener;

  /** @throws UsageError where the file can't be written. */
  static async open(file: string, frameRate: FrameRate): Promise<SteeredRows> {
    return new SteeredRows(frameRate, await FramesCsv.open(file));
  }

  private constructor(frameRate: FrameRate, csv: FramesCsv) {
    this.frameRate = frameRate;
    this.csv = csv;
    this.server = new ServerListener(periodUs(frameRate));
  }

  /** A datagram came in from `from`. */
  hear(bytes: Uint8Array, from: string, wallUs: number, bootUs: number): void {
    this.server.receive(bytes, from, wallUs, bootUs);
  }

  /**
   * @returns what is uncertain of the rows, a line each.
   * @throws UsageError where the metadata can't be read.
   */
  async write({ video, metadata, pts }: RowSources, clock: HostClock): Promise<readonly string[]> {
    const { pictures, why } = await counted(video);
    const recording = await StockRecording.readBeside(pictures, metadata, pts);
    const { readyTimeUs, anchors } = this.server;
    const now = clock.pair();
    const wallOf = (sensorUs: number): number => sensorUs - now.bootUs + now.wallUs;
    const list = recording.list({ frameRate: this.frameRate, readyTimeUs, anchors, wallOf });
    recording.writeRows(this.csv, list, wallOf);
    const { length } = list.holes;
    return [
      ...why,
      ...list.warnings,
      ...(length > 0 ? [`${length === 1 ? '1 frame is' : `${length} frames are`} missing in the recording`] : []),
    ];
  }

  /** @throws FailureError where rows could not be written. */
  close(): Promise<void> {
    return this.csv.close();
  }
}

/** The pictures of a video, where they can be counted, and else why not. */
async function counted(video: string | undefined): Promise<{ pictures?: number; why: readonly string[] }> {
  if (video === undefined) return { why: [] };
  try {
    return { pictures: await countPictures(video), why: [] };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { why: [`${error.message}: its rows are of its metadata, without a look at its pictures`] };
  }
}
