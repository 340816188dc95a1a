import type { CameraFrames } from './camera-frames.ts';
import type { Order } from './order.ts';

/** Lines that a probe adds to one frame: seen by stamps, whatever the sensor, and no matter for any exposure. */
export const PROBE_LINES = 9;
/** How far from it a frame may be and still be the probe's, in lines: by rounding and noise. */
const TOLERANCE = 3;
/** Frames after the one meant to take it in which its effect is looked for. */
const SEARCHED = 10;
/**
 * A probe's correction stands here between two numbers of lines: where flooring and rounding differ, and noise does not
 * matter.
 */
export const PROBE_PLACE = 0.75;

/** What a probe found. */
export interface ProbeResult {
  /** Frames from the one that took the probe to the one that it shaped, by stamps. */
  readonly delay: number;
  /** Frames by which the length came with a later frame than the one that had it. */
  readonly shift: number;
}

/**
 * Finds which frame a single order shaped, with all else quiet: by the stamps, which don't lie, and by the reported
 * lengths.
 * @returns undefined as long as it can't be told; `none` once enough frames have passed without a trace of it.
 */
export function findProbe(frames: CameraFrames, order: Order): ProbeResult | 'none' | undefined {
  const { last } = frames;
  const { rest, lineUs } = frames.arithmetic;
  if (last === undefined) return undefined;
  const acted = search(order.frame, last - 1, (frame) => {
    const [from, to] = [frames.stamp(frame), frames.stamp(frame + 1)];
    return from === undefined || to === undefined ? undefined : (to - from) / lineUs - rest;
  });
  const said = search(order.frame, last, (frame) => {
    const lines = frames.reportedLines(frame);
    return lines === undefined ? undefined : lines - rest;
  });
  if (acted !== undefined && said !== undefined) return { delay: acted - order.frame, shift: said - acted };
  return last > order.frame + SEARCHED ? 'none' : undefined;
}

/** The first frame in a range that has the probe's lines more than at rest. */
function search(from: number, to: number, more: (frame: number) => number | undefined): number | undefined {
  for (let frame = from; frame <= to; frame++) {
    const lines = more(frame);
    if (lines !== undefined && Math.abs(lines - PROBE_LINES) <= TOLERANCE) return frame;
  }
  return undefined;
}
