/** A value a slot; undefined where there is none. */
export type Series = readonly (number | undefined)[];

/** Series of one length, of which the indices that are left stand for all. */
export interface Thinned {
  /** Rising. */
  readonly indices: readonly number[];
  /** The values there, a list a series; `gap` where the line is broken: nothing is known for a long stretch around. */
  readonly values: readonly (readonly (number | 'gap' | undefined)[])[];
}

/**
 * Leaves out what a chart can't show: at most about `most` indices stay, and each series keeps its smallest and its
 * largest value of each stretch, at their own places. All values at an index that stays are true ones.
 * @param gap a stretch without values of so many slots breaks the line.
 */
export function thin(series: readonly Series[], most: number, gap: number): Thinned {
  const length = Math.max(0, ...series.map((values) => values.length));
  const gaps = series.map((values) => gapsOf(values, length, gap));
  const kept = new Set<number>();
  if (length <= most) for (let i = 0; i < length; i++) kept.add(i);
  else {
    for (const values of series)
      for (const index of extremes(values, stretches(length, series.length, most))) kept.add(index);
    for (const list of gaps) for (const [from, to] of list) kept.add((from + to) >> 1);
    kept.add(0).add(length - 1);
  }
  const indices = [...kept].sort((a, b) => a - b);
  const values = series.map((all, k) => {
    const own = gaps[k] ?? [];
    let next = 0;
    return indices.map((i) => {
      while (next < own.length && (own[next]?.[1] as number) < i) next++;
      return all[i] ?? ((own[next]?.[0] ?? Number.POSITIVE_INFINITY) <= i ? 'gap' : undefined);
    });
  });
  return { indices, values };
}

/** Bounds of stretches of equal length: two indices of each stay for each series. */
function stretches(length: number, series: number, most: number): number[] {
  const count = Math.max(1, Math.floor(most / (2 * Math.max(1, series))));
  return Array.from({ length: count + 1 }, (_, k) => Math.round((k * length) / count));
}

function extremes(values: Series, bounds: readonly number[]): number[] {
  return bounds.slice(1).flatMap((to, k) => {
    let [least, most]: [number | undefined, number | undefined] = [undefined, undefined];
    for (let i = bounds[k] as number; i < to; i++) {
      const value = values[i];
      if (value === undefined) continue;
      if (least === undefined || value < (values[least] as number)) least = i;
      if (most === undefined || value > (values[most] as number)) most = i;
    }
    return least === undefined || most === undefined ? [] : [least, most];
  });
}

/** Stretches without values, first and last index of each. */
function gapsOf(values: Series, length: number, atLeast: number): (readonly [from: number, to: number])[] {
  const gaps: [number, number][] = [];
  for (let from = 0; from < length; from++) {
    if (values[from] !== undefined) continue;
    let to = from;
    while (to + 1 < length && values[to + 1] === undefined) to++;
    if (to - from + 1 >= atLeast) gaps.push([from, to]);
    from = to;
  }
  return gaps;
}
