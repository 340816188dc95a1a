import type { BootUs } from '../../time/units.ts';
import type { SteeredCamera } from '../steered-camera.ts';
import { goesOn } from './frames-since.ts';
import { CRYSTAL_ERROR, LineFilter, STAMP_NOISE_US } from './line-filter.ts';

/** Stamps in a row that are too far off before the filter doubts itself. */
const GIVE_UP_STAMPS = 15;
/** Frames that may be missing in a row before the camera is taken to have begun anew. */
const LONGEST_GAP = 10_000;

/**
 * The frames of this camera on this host's boot time: a `LineFilter` has the time of the current frame and the true
 * duration of a line, from the camera's stamps; the plan has the lengths of the current frame and of those after it
 * that are written already, in lines.
 */
export class OwnFrames {
  private readonly camera: SteeredCamera;
  private filter: LineFilter | undefined;
  private readonly plan: number[];

  constructor(camera: SteeredCamera) {
    this.camera = camera;
    const lines = Math.round(camera.frameUs / camera.lineUs);
    this.plan = Array.from({ length: camera.controlDelayFrames + 1 }, () => lines);
  }

  /**
   * A frame arrived; those that did not are stepped over.
   * @param durationUs how long the camera says that it lasts, by its nominal crystal, where it says so.
   * @returns frames since the one before it; 0 for the first, and for one whose stamp is that of the one before.
   */
  follow(bootUs: BootUs, durationUs: number | undefined): number {
    const { lineUs, controlDelayFrames } = this.camera;
    const { filter, plan } = this;
    let frames = 0;
    if (filter === undefined) {
      this.filter = new LineFilter(bootUs, lineUs, CRYSTAL_ERROR, STAMP_NOISE_US, GIVE_UP_STAMPS);
    } else {
      // Frames differ in length: one after the other.
      while (frames < LONGEST_GAP && goesOn((bootUs - filter.value) / ((plan[0] as number) * lineUs), frames === 0)) {
        filter.advance(plan.shift() as number);
        // A frame that did not arrive brought no write: the length written last stays.
        while (plan.length < controlDelayFrames) plan.push(plan.at(-1) as number);
        frames++;
      }
      filter.observe(bootUs);
    }
    if (durationUs !== undefined) plan[0] = Math.round(durationUs / lineUs);
    // To set a length, the same one too, gives up what memory there is for the next push.
    if (plan.length > controlDelayFrames) plan.length = controlDelayFrames;
    return frames;
  }

  /** The frame that can still be influenced gets so many lines. */
  write(lines: number): void {
    this.plan.push(lines);
  }

  /** When the current frame started, in us. */
  get us(): number {
    return (this.filter as LineFilter).value;
  }

  /** When the frame that can still be influenced starts, in us. */
  get upcomingUs(): number {
    const { value, slope } = this.filter as LineFilter;
    let us = value;
    for (let i = 0; i < this.plan.length; i++) us += (this.plan[i] as number) * slope;
    return us;
  }

  /** True duration of a line, in us. */
  get lineUs(): number {
    return (this.filter as LineFilter).slope;
  }

  /** Standard error of `us`. */
  get errorUs(): number {
    return (this.filter as LineFilter).errorAfter(0, 0);
  }

  /** How far the last stamps say that the frame is elsewhere, in us. */
  get disputedUs(): number {
    return (this.filter as LineFilter).disputedUs;
  }
}
