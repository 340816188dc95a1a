/** Events of one recording, rising, in us of its own time. */
export type Events = readonly number[];

/** How two recordings' events fit together. */
export interface Match {
  /** Added to times of the second to get times of the first, in us: the mean over the pairs. */
  readonly lagUs: number;
  readonly pairs: number;
  /** Scatter of the pairs around it, in us; 0 of a single one. */
  readonly rmsUs: number;
}

/**
 * The lag at which most events of two recordings coincide.
 * @param toleranceUs How far apart they may be.
 * @returns `none` where no events are there, `ambiguous` where several lags fit as well as each other.
 */
export function matchEvents(first: Events, second: Events, toleranceUs: number): Match | 'none' | 'ambiguous' {
  let best: Match | undefined;
  let ambiguous = false;
  for (const a of first)
    for (const b of second) {
      const match = matchAt(first, second, a - b, toleranceUs);
      if (best !== undefined && match.pairs === best.pairs && Math.abs(match.lagUs - best.lagUs) > 2 * toleranceUs) {
        ambiguous = true;
      }
      if (best === undefined || match.pairs > best.pairs) [best, ambiguous] = [match, false];
      else if (
        match.pairs === best.pairs &&
        match.rmsUs < best.rmsUs &&
        Math.abs(match.lagUs - best.lagUs) <= 2 * toleranceUs
      )
        best = match;
    }
  return best === undefined ? 'none' : ambiguous ? 'ambiguous' : best;
}

function matchAt(first: Events, second: Events, lagUs: number, toleranceUs: number): Match {
  const differences: number[] = [];
  let i = 0;
  for (const b of second) {
    while (i < first.length && (first[i] as number) < b + lagUs - toleranceUs) i++;
    const a = first[i];
    if (a === undefined || a > b + lagUs + toleranceUs) continue;
    differences.push(a - b);
    i++;
  }
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  const squares = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { lagUs: mean, pairs: differences.length, rmsUs: Math.sqrt(squares / differences.length) };
}
