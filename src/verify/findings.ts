import { counted } from '../counted.ts';
import { median } from '../time/statistics.ts';
import type { FileTimes } from './file-times.ts';

/*
 * What the numbers of a report don't say by themselves, a line each for a person. None of it changes the verdict: that
 * is about frames, one by one.
 */

/** A change smaller than this is of no interest to anybody, in us. */
const LEAST_US = 100;
/** A line through the offsets is a drift if it explains this share of how their means over tenths of the take vary. */
const EXPLAINED = 0.8;
const BLOCKS = 10;
/** Frames on each side of a step that are compared; a step is this many times larger than the scatter around it. */
const STEP_FRAMES = 15;
const STEP_SCATTER = 8;
/** Findings of one kind that are spelled out for a file. */
const MOST = 3;
/** Exposures are unequal where they differ by more than this share, and by more than this, in us. */
const UNEQUAL = 0.1;
const UNEQUAL_US = 200;

/** Where times could not be read: `cam1.mp4: unreadable in frames 12 and 40-51`. */
export function unreadableFrames({ file, firstSlot, timesUs }: FileTimes): string[] {
  const runs: string[] = [];
  for (let from = 0; from < timesUs.length; from++) {
    if (timesUs[from] !== undefined) continue;
    let to = from;
    while (to + 1 < timesUs.length && timesUs[to + 1] === undefined) to++;
    runs.push(from === to ? `${firstSlot + from}` : `${firstSlot + from}-${firstSlot + to}`);
    from = to;
  }
  if (runs.length === 0) return [];
  const shown = runs.slice(0, MOST);
  const more = runs.length > MOST ? ` and at ${runs.length - MOST} more places` : '';
  return [
    `${file}: no time can be read in frame${runs.length === 1 && !runs[0]?.includes('-') ? '' : 's'} ${shown.join(', ')}${more}`,
  ];
}

/**
 * How offsets change within the take: a drift, or steps at a frame; and where all are the same frames off.
 * @param offsetsUs file minus reference, by slot from `firstSlot` on; undefined where there is none.
 */
export function changes(
  file: string,
  offsetsUs: readonly (number | undefined)[],
  firstSlot: number,
  periodUs: number,
): string[] {
  const known = offsetsUs.flatMap((us, i) => (us === undefined ? [] : [{ slot: firstSlot + i, us }]));
  if (known.length < 2 * STEP_FRAMES) return [];
  const steps = stepsOf(known);
  if (steps.length > 0) {
    const shown = steps.slice(0, MOST).map(({ slot, us }) => `by ${signed(us)} at frame ${slot}`);
    const more = steps.length > MOST ? `, and ${counted(steps.length - MOST, 'time')} more` : '';
    return [`${file}: its offset steps ${shown.join(', ')}${more}`];
  }
  const drift = driftOf(known);
  if (drift !== undefined) return [`${file}: drifts by ${signed(drift)} over the take`];
  const middle = median(known.map(({ us }) => us)) as number;
  const frames = Math.round(middle / periodUs);
  if (frames === 0) return [];
  const count = `${Math.abs(frames)} frame${Math.abs(frames) === 1 ? '' : 's'}`;
  return [
    `${file}: all of it is ${count} ${frames > 0 ? 'late: its frame N shows what the reference shows later' : 'early: its frame N shows what the reference showed before'}`,
  ];
}

interface Offset {
  readonly slot: number;
  readonly us: number;
}

function stepsOf(offsets: readonly Offset[]): Offset[] {
  const us = offsets.map((offset) => offset.us);
  const jumps = us.slice(1).map((value, i) => Math.abs(value - (us[i] as number)));
  // The scatter of neighbours, robust against the steps themselves: 1.4826 x the median of absolute values is a
  // standard deviation.
  const scatter = (1.4826 * (median(jumps) as number)) / Math.SQRT2;
  const least = Math.max(LEAST_US, STEP_SCATTER * scatter);
  const steps: Offset[] = [];
  for (let i = STEP_FRAMES; i + STEP_FRAMES <= us.length; i++) {
    const before = median(us.slice(i - STEP_FRAMES, i)) as number;
    const after = median(us.slice(i, i + STEP_FRAMES)) as number;
    // The medians change over many frames around a step: it is where the frames themselves do.
    const here = (us[i] as number) - (us[i - 1] as number);
    if (Math.abs(after - before) < least || Math.abs(here) < Math.abs(after - before) / 2) continue;
    steps.push({ slot: (offsets[i] as Offset).slot, us: after - before });
    i += STEP_FRAMES;
  }
  return steps;
}

/** From start to end, us; undefined where the offsets don't go evenly. */
function driftOf(offsets: readonly Offset[]): number | undefined {
  const size = offsets.length / BLOCKS;
  const means = Array.from({ length: BLOCKS }, (_, k) => {
    const block = offsets.slice(Math.round(k * size), Math.round((k + 1) * size));
    return block.reduce((sum, { us }) => sum + us, 0) / block.length;
  });
  const mean = means.reduce((sum, value) => sum + value, 0) / BLOCKS;
  const centre = (BLOCKS - 1) / 2;
  let [kk, ku, uu] = [0, 0, 0];
  for (const [k, value] of means.entries()) {
    kk += (k - centre) ** 2;
    ku += (k - centre) * (value - mean);
    uu += (value - mean) ** 2;
  }
  const total = (ku / kk) * BLOCKS;
  return Math.abs(total) > LEAST_US && ku ** 2 / kk > EXPLAINED * uu ? total : undefined;
}

/** Exposures that are not what the take says, or not the same on all cameras. */
export function exposures(files: readonly FileTimes[], toldUs: readonly (number | undefined)[] = []): string[] {
  const lines: string[] = [];
  for (const [i, { file, exposureUs }] of files.entries()) {
    const told = toldUs[i];
    if (told !== undefined && exposureUs !== undefined && unequal(exposureUs, told)) {
      lines.push(`${file}: was exposed for ${ms(exposureUs)}, take.json says ${ms(told)}`);
    }
  }
  const [reference, ...others] = files;
  for (const { file, exposureUs } of others) {
    const [one, other] = [exposureUs, reference?.exposureUs];
    if (one === undefined || other === undefined || !unequal(one, other)) continue;
    lines.push(
      `${file}: was exposed for ${ms(one)}, ${reference?.file} for ${ms(other)}: the middles of exposures that end together are ${ms(Math.abs(one - other) / 2)} apart`,
    );
  }
  return lines;
}

const unequal = (a: number, b: number): boolean => Math.abs(a - b) > Math.max(UNEQUAL_US, UNEQUAL * Math.max(a, b));

/** A pixel clock on a screen proves less than one that is drawn into the picture. */
export function screens(files: readonly FileTimes[]): string[] {
  const on = files.filter(({ screen }) => screen).map(({ file }) => file);
  if (on.length === 0) return [];
  return [
    `${on.join(', ')}: the pixel clock is on a screen, which shows a time for a whole refresh: frames are told apart to 1/60 s, not better`,
  ];
}

const ms = (us: number): string => `${(us / 1000).toFixed(us < 10_000 ? 2 : 1)} ms`;
const signed = (us: number): string =>
  `${us < 0 ? '-' : '+'}${Math.abs(us) < 10_000 ? `${Math.abs(us).toFixed(0)} us` : `${(Math.abs(us) / 1000).toFixed(1)} ms`}`;
