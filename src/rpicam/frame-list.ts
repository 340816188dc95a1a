import { type FrameRate, periodUs } from '../time/frame-rate.ts';
import { nsToUs } from '../time/units.ts';
import { type GridAnchor, ServerGrid } from './server-grid.ts';

/** What is known of a frame's time: an entry of the metadata. */
export interface FrameTimes {
  /** Since boot, ns. */
  readonly sensorNs: bigint | undefined;
  /** Since 1970, ns. */
  readonly wallNs: bigint | undefined;
  /** From the frame to the ready time, us. */
  readonly syncTimerUs?: number | undefined;
}

export interface FrameListOptions {
  /** The take's nominal rate. */
  readonly frameRate: FrameRate;
  /** Pictures in the camera's file. */
  readonly fileFrames: number;
  /** The beginning of slot 0 that the server announced, on the wall clock, us. */
  readonly readyTimeUs?: number | undefined;
  /** Slots of the take, where that is fixed. */
  readonly wanted?: number | undefined;
  /** Where the server's frames lie by its messages. */
  readonly anchors?: readonly GridAnchor[];
  /** The host's wall clock at a moment since boot, both us; for cameras whose metadata hold no wall clock. */
  readonly wallOf?: (bootUs: number) => number | undefined;
  /** Times of the file's frames from the first, us (`--save-pts`): for frames that have no entry. */
  readonly pts?: readonly number[];
}

/** Which slot each picture of a camera's file has. */
export interface FrameList {
  /** One for each picture, never falling. Below 0: before the beginning. Twice the same: two frames in one slot. */
  readonly slots: readonly number[];
  /** Slots between the first and the last picture (0 and above, below `wanted`) that have none. */
  readonly holes: readonly number[];
  /** Pictures before slot 0. */
  readonly early: number;
  /** Slots before the first picture: 0 unless the camera began late. */
  readonly missingAtStart: number;
  /** Slots of the wanted that lie behind the last picture: 0 unless the camera ended early. */
  readonly missingAtEnd: number;
  /** Pictures at or behind `wanted`. */
  readonly surplus: number;
  /** Pictures (by their place in the file) whose slot has one already. */
  readonly doubled: readonly number[];
  /**
   * A picture's distance from the server's frame of that index, us, by the cameras' own clocks; undefined where not
   * known.
   */
  readonly phaseUs: readonly (number | undefined)[];
  /** What is uncertain, a line each. */
  readonly warnings: readonly string[];
}

/**
 * A moved frame leaves its distance from the grid to the frames behind it, and loses it over about this many: so a
 * correction in several steps counts as what it sums up to, while 50 ppm of drift never add up to a frame.
 */
const MEMORY_FRAMES = 50;
/** From so many frames behind the beginning on, a first frame is placed by what the server said since. */
const FAR_FRAMES = 30;
/**
 * A count that is further than this from the server's own grid, in frames, is wrong. More than half, so that it does
 * not flutter.
 */
const TOO_FAR = 0.75;

/**
 * Finds the slots of a stock camera's pictures. The first one's comes from its wall clock and the ready time; the
 * others' from the time since the one before, so that a clock which is off by some ppm never matters; the server's
 * messages, where they were heard, correct both.
 * @param entries One for each picture, in order; those behind the last picture are ignored, pictures behind the last
 *   entry go by `pts`, or are taken as without holes.
 */
export function listFrames(entries: readonly FrameTimes[], options: FrameListOptions): FrameList {
  const { frameRate, fileFrames, anchors = [], pts, wallOf, wanted } = options;
  const period = periodUs(frameRate);
  const grid = new ServerGrid(anchors, period);
  const warnings = describeLack(entries.length, options);
  const slots: number[] = [];
  const phaseUs: (number | undefined)[] = [];
  let [slot, fraction] = [0, 0];
  for (let i = 0; i < fileFrames; i++) {
    const [entry, before] = [entries[i], entries[i - 1]];
    if (i === 0) {
      const from = firstPosition(entry, period, options, grid);
      if (from === undefined) warnings.push('nothing says when its first frame was: it is taken as frame 0');
      // Not -0, which is another value to those who compare.
      slot = Math.round(from ?? 0) + 0;
      fraction = (from ?? 0) - slot;
    } else {
      const steps = (sinceBefore(entry, before) ?? ptsStep(pts, i) ?? period) / period + fraction;
      const whole = Math.max(0, Math.round(steps));
      slot += whole;
      fraction = (steps - whole) * (1 - 1 / MEMORY_FRAMES);
    }
    const wall = wallTime(entry, wallOf);
    const position = wall === undefined ? undefined : grid.positionAt(wall);
    if (position !== undefined && Math.abs(position - slot) > TOO_FAR) {
      slot = Math.max(Math.round(position) + 0, slots.at(-1) ?? Number.NEGATIVE_INFINITY);
      fraction = position - slot;
    }
    slots.push(slot);
    phaseUs.push(position === undefined ? undefined : (position - slot) * period);
  }
  return { slots, phaseUs, warnings, ...gaps(slots, wanted) };
}

function firstPosition(
  entry: FrameTimes | undefined,
  period: number,
  options: FrameListOptions,
  grid: ServerGrid,
): number | undefined {
  const wall = wallTime(entry, options.wallOf);
  if (wall !== undefined && options.readyTimeUs !== undefined) {
    const position = (wall - options.readyTimeUs) / period;
    // A camera that was started again may begin an hour after the take: there a rate that is a little off counts.
    return position > FAR_FRAMES ? (grid.positionAt(wall) ?? position) : position;
  }
  return entry?.syncTimerUs === undefined ? undefined : -entry.syncTimerUs / period;
}

function wallTime(entry: FrameTimes | undefined, wallOf: FrameListOptions['wallOf']): number | undefined {
  if (entry?.wallNs !== undefined) return nsToUs(entry.wallNs);
  return entry?.sensorNs === undefined ? undefined : wallOf?.(nsToUs(entry.sensorNs));
}

/** From one frame to the next, us. Boot time, which never steps; the wall clock only where there is no other. */
function sinceBefore(entry: FrameTimes | undefined, before: FrameTimes | undefined): number | undefined {
  for (const clock of ['sensorNs', 'wallNs'] as const) {
    const [now, then] = [entry?.[clock], before?.[clock]];
    if (now !== undefined && then !== undefined) return nsToUs(now - then);
  }
  return undefined;
}

function ptsStep(pts: readonly number[] | undefined, i: number): number | undefined {
  const [now, then] = [pts?.[i], pts?.[i - 1]];
  return now === undefined || then === undefined ? undefined : now - then;
}

function describeLack(entries: number, { fileFrames, pts }: FrameListOptions): string[] {
  if (entries === fileFrames) return [];
  if (entries > fileFrames)
    return [
      `its metadata tell of ${entries === 1 ? '1 frame' : `${entries} frames`}, its file holds ${fileFrames}: the last ${entries - fileFrames === 1 ? 'was' : `${entries - fileFrames} were`} not written`,
    ];
  const lack = fileFrames - entries;
  const instead =
    (pts?.length ?? 0) >= fileFrames
      ? "their times come from rpicam-vid's --save-pts"
      : 'they are taken as without holes';
  const which =
    entries === 0
      ? 'it has no metadata'
      : lack === 1
        ? 'its last frame has no metadata'
        : `its last ${lack} frames have no metadata`;
  return [`${which}: ${instead}`];
}

type Gaps = Omit<FrameList, 'slots' | 'phaseUs' | 'warnings'>;

function gaps(slots: readonly number[], wanted: number | undefined): Gaps {
  const end = wanted ?? Number.POSITIVE_INFINITY;
  const [holes, doubled]: [number[], number[]] = [[], []];
  slots.forEach((slot, i) => {
    const before = slots[i - 1];
    if (before === undefined) return;
    if (slot === before) doubled.push(i);
    // Slots before 0 are no part of the take; where the first picture within it is late, the start is missing, which is
    // no hole.
    if (before >= 0) for (let missing = before + 1; missing < Math.min(slot, end); missing++) holes.push(missing);
  });
  const first = slots.find((slot) => slot >= 0);
  const last = slots.at(-1) ?? -1;
  return {
    holes,
    doubled,
    early: slots.filter((slot) => slot < 0).length,
    missingAtStart: Math.min(first ?? 0, wanted ?? first ?? 0),
    missingAtEnd: wanted === undefined ? 0 : Math.max(0, Math.min(wanted, wanted - 1 - last)),
    surplus: slots.filter((slot) => slot >= end).length,
  };
}
