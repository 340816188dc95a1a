import { UsageError } from '../errors.ts';
import { NoPixelClock } from '../verify/no-pixel-clock.ts';
import type { AlignBy } from './align-by.ts';

/** A way that these files don't go: another may be tried. */
export class NothingInCommon extends UsageError {}

/** What is said of the ways that are not the likely one. */
const LACKING: Record<AlignBy, string> = {
  clock: 'no pixel clock in view',
  sidecar: 'no times beside them',
  clap: 'no claps that fit',
  flash: 'no flashes that fit',
};

/** What to do where a way was meant. */
const TO_DO: Record<AlignBy, string> = {
  clock: 'show each camera the pixel clock (genlock clock), for a second at any time of its recording',
  sidecar: "put each file's times beside it: frames.csv, or rpicam-vid's --metadata (and --save-pts of a bare stream)",
  clap: 'clap twice, at an uneven distance from any other clap, where all hear it; or show each the pixel clock (genlock clock)',
  flash:
    'flash a lamp twice, at an uneven distance from any other flash, where all see it; or show each the pixel clock (genlock clock)',
};

/**
 * Nothing puts files on one timeline: why the way did not go that is likely for such files, what else was tried, and
 * what to do.
 */
export class NotAligned extends UsageError {
  /** The same as three short lines, for a terminal. */
  readonly lines: readonly string[];

  /** @param failed Why each way did not go. */
  constructor(files: readonly string[], failed: ReadonlyMap<AlignBy, Error>) {
    const likely = likelyWay(files, failed);
    const others = [...failed].filter(([by]) => by !== likely).map(([by, why]) => `${by} (${lackingIn(by, why)})`);
    const lines = [
      `nothing puts these files on one timeline: ${failed.get(likely)?.message}`,
      `tried too: ${others.join(', ')}`,
      TO_DO[likely],
    ];
    super(lines.join('; '), { cause: failed.get(likely) });
    this.lines = lines;
  }
}

const lackingIn = (by: AlignBy, { message }: Error): string =>
  message.includes('holds no sound') ? 'no sound' : LACKING[by];

/** The way that was meant: one that some of the files go, else what files of that kind usually have. */
function likelyWay(files: readonly string[], failed: ReadonlyMap<AlignBy, Error>): AlignBy {
  const says = (by: AlignBy, text: string): boolean => failed.get(by)?.message.includes(text) === true;
  const ofFirst = (by: AlignBy): boolean => failed.get(by)?.message.startsWith(`${files[0]}: `) === true;
  if (!(failed.get('clock') instanceof NoPixelClock && ofFirst('clock')) && !says('clock', 'holds no video'))
    return 'clock';
  if (!(says('sidecar', 'no times beside it') && ofFirst('sidecar')) && !says('sidecar', 'holds no video'))
    return 'sidecar';
  return says('clap', 'holds no sound') ? 'flash' : 'clap';
}
