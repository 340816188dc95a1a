import { lateStart } from '../../rpicam/late-start.ts';
import { periodUs } from '../../time/frame-rate.ts';
import type { StockRecording, TakeTimeline } from './recording.ts';

/**
 * The timeline that begins with the first frame that all stock cameras have, where none of them is later than their
 * sync makes them; else as it was. Only for a take that has no other cameras: those begin with the frame that was
 * announced.
 */
export function beginTogether(timeline: TakeTimeline, recordings: readonly StockRecording[]): TakeTimeline {
  const frameUs = periodUs(timeline.frameRate);
  const late = Math.max(0, ...recordings.map((recording) => recording.list(timeline).missingAtStart));
  if (late === 0 || late > lateStart(frameUs) || timeline.readyTimeUs === undefined) return timeline;
  const { start, anchors, readyTimeUs } = timeline;
  return {
    ...timeline,
    readyTimeUs: readyTimeUs + late * frameUs,
    ...(anchors && { anchors: anchors.map((anchor) => ({ ...anchor, index: anchor.index - late })) }),
    ...(start && { start: { ...start, wallUs: Math.round(start.wallUs + late * frameUs) } }),
  };
}
