import { utcOffsetMinutes } from '../host/utc-offset.ts';
import type { TimelineStart } from '../time/timecode.ts';

/** A start in its server's local time; a server that doesn't tell that is taken to have this host's. */
export const inLocalTime = (start: {
  readonly wallUs: number;
  readonly utcOffsetMinutes?: number | undefined;
}): TimelineStart => {
  const wallUs = Math.round(start.wallUs);
  return { wallUs, utcOffsetMinutes: start.utcOffsetMinutes ?? utcOffsetMinutes(wallUs) };
};
