import { type FrameRate, periodUs } from '../time/frame-rate.ts';

/** What is known of the moment at which a picture was captured. */
export interface Capture {
  /** The sensor timestamp, on CLOCK_BOOTTIME. */
  readonly sensorUs: number | undefined;
  /** Frame start minus its slot's time on the timeline. */
  readonly phaseUs: number | undefined;
}

/**
 * The times of a file's pictures as they were captured, in whole us, strictly rising.
 *
 * The first captured picture stands at its slot's nominal time plus its phase, the others by their sensor timestamps
 * from there; so slot 0 of the timeline is 0 in the files of all cameras. No time is below 0: a first picture that was
 * early is at 0. A picture that was not captured for its slot (a repeat) stands where the slot does, by the picture
 * before it. A jump of the timestamps that no slot goes with (a pause of the recording) is left out.
 */
export class TrueTimes {
  private readonly periodUs: number;
  private last = -1;
  /** The last captured picture: its slot's place in the file, and on the sensor's clock. */
  private anchor: { readonly slot: number; readonly placeUs: number; readonly sensorUs: number } | undefined;

  constructor(frameRate: FrameRate) {
    this.periodUs = periodUs(frameRate);
  }

  /** Slots rise by one from call to call. */
  timeOf(slot: number, capture?: Capture): number {
    const us = this.place(slot, capture) + (capture?.sensorUs === undefined ? 0 : (capture.phaseUs ?? 0));
    this.last = Math.max(Math.round(us), this.last + 1);
    return this.last;
  }

  private place(slot: number, capture: Capture | undefined): number {
    const anchor = this.anchor;
    const expectedUs = (anchor?.placeUs ?? 0) + (slot - (anchor?.slot ?? 0)) * this.periodUs;
    if (capture?.sensorUs === undefined) return expectedUs;
    const sensorUs = capture.sensorUs - (capture.phaseUs ?? 0);
    const movedUs = anchor === undefined ? expectedUs : anchor.placeUs + sensorUs - anchor.sensorUs;
    const placeUs = Math.abs(movedUs - expectedUs) > this.periodUs / 2 ? expectedUs : movedUs;
    this.anchor = { slot, placeUs, sensorUs };
    return placeUs;
  }
}

/** The true times of a file that begins with slot 0. @param captures of each slot; undefined for repeats. */
export function trueTimes(captures: readonly (Capture | undefined)[], frameRate: FrameRate): number[] {
  const times = new TrueTimes(frameRate);
  return captures.map((capture, slot) => times.timeOf(slot, capture));
}
