import type { PixelClockReading } from '../pixel-clock/read.ts';
import { SCREEN_US } from './screen.ts';

/** What a frame shows besides the panel that is read. */
export interface PanelsSeen {
  readonly frame: number;
  readonly reading: PixelClockReading;
  readonly others: readonly PixelClockReading[];
}

/** Panels whose times differ by more standard errors than this, and by more than this, in us, contradict each other. */
const SIGMAS = 6;
const APART_US = 50;

/** Which of several panels is the camera's own, nobody can tell: they are no proof unless all say the same. */
export function panelFindings(
  panels: readonly PanelsSeen[],
  screen: boolean,
): { readonly notes: readonly string[]; readonly faults: readonly string[] } {
  const several = panels.filter(({ others }) => others.length > 0);
  const apart = several.filter(({ reading, others }) => others.some((other) => contradict(reading, other, screen)));
  const [first] = apart.length > 0 ? apart : several;
  if (first === undefined) return { notes: [], faults: [] };
  const what = `${first.others.length + 1} pixel clocks are in view in frame ${first.frame}`;
  return apart.length > 0
    ? { notes: [], faults: [`${what}, and they show different times: which one is the camera's own is not known`] }
    : { notes: [`${what}; they show the same time`], faults: [] };
}

/** Both at the row where the first is known best: rows that follow each other are exposed later. */
function contradict(one: PixelClockReading, other: PixelClockReading, screen: boolean): boolean {
  const rows = other.row - one.row;
  const expectedUs = one.timeUs + rows * one.rowUs;
  const sigmaUs = Math.hypot(one.sigmaUs, other.sigmaUs, rows * one.rowSigmaUs);
  return Math.abs(other.timeUs - expectedUs) > Math.max(screen ? SCREEN_US : APART_US, SIGMAS * sigmaUs);
}
