import { DROP_CAUSES, joinedRuns } from './drops.ts';
import type { CameraFacts, Facts } from './facts.ts';
import { type Histogram, histogramOf } from './histogram.ts';
import { STATES } from './history.ts';
import { thin } from './series.ts';

/*
 * What the page's script (page/charts.js) draws from. Kept short: it is most of what a page weighs besides its
 * pictures.
 */
export interface ChartData {
  /** In us. */
  readonly periodUs: number;
  /** First slot of the take, and the one behind its last. */
  readonly first: number;
  readonly end: number;
  /** Slots at which offsets are given; undefined where that is all of them. */
  readonly slots?: readonly number[];
  readonly offsets: readonly OffsetChart[];
  readonly lanes: readonly Lane[];
}

export interface OffsetChart {
  readonly name: string;
  readonly limitUs?: number;
  readonly toleranceUs: number;
  /** 99 % of the frames are as near or nearer, in us. */
  readonly p99Us: number;
  /** In us, by slot; null where there is none, `gap` where the line is broken. */
  readonly values: readonly (number | null | 'gap')[];
  readonly histogram?: Histogram;
}

/** What became of a camera's slots. */
export interface Lane {
  readonly name: string;
  /** State, mood, first slot, slot behind the last. */
  readonly states: readonly (readonly [state: string, mood: string, from: number, to: number])[];
  /** Index of the cause, first slot, count. */
  readonly drops: readonly (readonly [cause: number, from: number, count: number])[];
}

/** Values that are given in all, about: 5 bytes each. */
const MOST_VALUES = 40_000;
const MOST_SLOTS = 8_000;
/** A line is broken where nothing is known for so long, in us. */
const GAP_US = 1_000_000;
/** Drops that are drawn, in all: 12 bytes each. */
const MOST_DROPS = 6_000;

export function chartData({ cameras, periodUs, first, end }: Facts): ChartData {
  const compared = cameras.filter(({ pair }) => pair !== undefined);
  const most = Math.min(MOST_SLOTS, Math.round(MOST_VALUES / (compared.length + 1)));
  const thinned = thin(
    compared.map(({ offsetsUs }) => offsetsUs),
    most,
    Math.max(2, Math.round(GAP_US / periodUs)),
  );
  const all = thinned.indices.length === end - first;
  return {
    ...{ periodUs, first, end },
    ...(!all && { slots: thinned.indices.map((i) => first + i) }),
    offsets: compared.map((camera, k) => offsetChart(camera, thinned.values[k] ?? [])),
    lanes: cameras.map(({ name, states, drops }) => ({
      name,
      states: states.map(({ state, from, to }) => [state, STATES[state].mood, from, to] as const),
      drops: joinedRuns(drops, Math.ceil(MOST_DROPS / cameras.length)).map(
        ({ cause, from, count }) => [DROP_CAUSES.indexOf(cause), from, count] as const,
      ),
    })),
  };
}

function offsetChart(
  { name, limitUs, pair, offsetsUs }: CameraFacts,
  values: readonly (number | 'gap' | undefined)[],
): OffsetChart {
  const histogram = histogramOf(offsetsUs.filter((us) => us !== undefined));
  return {
    name,
    ...(limitUs !== undefined && { limitUs }),
    toleranceUs: pair?.toleranceUs ?? 0,
    p99Us: pair?.p99Us ?? 0,
    values: values.map((us) => (typeof us === 'number' ? Math.round(us * 10) / 10 : (us ?? null))),
    ...(histogram && { histogram }),
  };
}
