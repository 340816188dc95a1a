import type { BootUs } from '../../time/units.ts';
import { Announcer, type AnnouncerOptions } from '../announcer.ts';
import type { RecordingChange } from '../recording-change.ts';
import type { ServerFrame } from '../server.ts';
import { framesSince } from './frames-since.ts';
import { CRYSTAL_ERROR, LineFilter, STAMP_NOISE_US } from './line-filter.ts';

/** Stamps in a row that are too far off before the filter doubts itself: half a second of outliers there is not. */
const GIVE_UP = 15;

/** What a tracking server is made with. */
export interface TrackingServerOptions extends AnnouncerOptions {
  /** Duration of the camera's frames by its nominal crystal, in us. */
  readonly frameUs: number;
}

/**
 * A server whose messages tell when its frames really start: it filters its own timestamps, and says what the filter
 * says.
 *
 * State, noise and assumptions are those of `LineFilter` with one step a frame: the server never corrects its frames,
 * so they are as even as its crystal. Stock clients read the filtered time and a duration rounded to 1 us, and need no
 * change.
 */
export class TrackingServer {
  private readonly frameUs: number;
  private readonly announcer: Announcer;
  private filter: LineFilter | undefined;
  private number = 0;

  constructor(options: TrackingServerOptions) {
    this.frameUs = options.frameUs;
    this.announcer = new Announcer(options, 0, options.frameUs);
  }

  /** True once it is fixed when the recording begins. */
  get fixed(): boolean {
    return this.announcer.fixed;
  }

  /** Fixes the beginning of the recording: as soon as everybody can have heard of it. */
  begin(): void {
    this.announcer.begin();
  }

  /** Asks for a change of the recording. @returns it; undefined where it changes nothing. */
  change(kind: RecordingChange['kind']): RecordingChange | undefined {
    return this.announcer.change(kind);
  }

  /** A frame of this camera: its time on the wall clock and on the sensor's own. */
  frame(wallUs: number, bootUs: BootUs): ServerFrame {
    const { value, slope: periodUs } = this.follow(bootUs);
    const toWallUs = wallUs - bootUs;
    return this.announcer.frame({ number: this.number, wallUs: value + toWallUs, toWallUs, periodUs });
  }

  private follow(bootUs: number): LineFilter {
    if (this.filter === undefined) {
      this.filter = new LineFilter(bootUs, this.frameUs, CRYSTAL_ERROR, STAMP_NOISE_US, GIVE_UP);
      return this.filter;
    }
    const { filter } = this;
    const frames = framesSince((bootUs - filter.value) / filter.slope);
    filter.advance(frames, frames);
    filter.observe(bootUs);
    this.number += frames;
    return filter;
  }
}
