import { fitLine, type LineFit } from '../time/line-fit.ts';

/** Events of one recording, rising, in us of its own time. */
export type Events = readonly number[];

/**
 * How two recordings' events fit together: a time of the second is `ownUs + lagUs + rate x (time - ownUs)` on the
 * first's.
 */
export interface Match {
  /** The middle of the paired events, in us of the second's own time. */
  readonly ownUs: number;
  /** Added to the middle to get it on the first's time, in us: the mean over the pairs, with its standard error. */
  readonly lagUs: number;
  readonly lagSigmaUs: number;
  /** How fast the first's time goes against the second's, with its standard error. */
  readonly rate: number;
  readonly rateSigma: number;
  readonly pairs: number;
  /** Scatter of the pairs around it, in us; 0 of a single one. */
  readonly rmsUs: number;
}

export interface MatchOptions {
  /** How far apart the two times of one event may be. */
  readonly toleranceUs: number;
  /** Standard error of the distance of the two times of one event, in us. Default: a third of the tolerance. */
  readonly sigmaUs?: number;
}

/** Clocks of recorders differ by no more than this. */
const MOST_RATE = 500e-6;
/**
 * What is believed of two clocks before anything is measured: rates are taken from events as far as these tell them
 * more closely.
 */
const RATE_PRIOR = 300e-6;
/** Events of the second recording that are tried at every place of the first, each with so many behind it. */
const ANCHORS = 16;
const WINDOW = 24;
/** Places of an anchor that are looked at closely: those that fit best. */
const PLACES = 8;
/** Of all anchors' places so many, and none that fits less than this share of what the best does. */
const MOST_PLACES = 40;
const SCORE_SHARE = 0.4;
/** Rates to either side that are tried for a place. */
const MOST_RATES = 200;
/** Another place is no rival where it fits this many times worse, or has less than this share of the pairs. */
const TIMES_WORSE = 4;
const RIVAL_SHARE = 0.8;

/**
 * Finds offset and rate at which most events of two recordings coincide. Its work grows with n log n of the events.
 * @returns `none` where no events are there, `ambiguous` where several places fit about as well as each other.
 */
export function matchEvents(first: Events, second: Events, options: MatchOptions): Match | 'none' | 'ambiguous' {
  const { toleranceUs, sigmaUs = toleranceUs / 3 } = options;
  if (first.length === 0 || second.length === 0) return 'none';
  let best: Match | undefined;
  let rival: Match | undefined;
  const same = (one: Match, other: Match): boolean =>
    [second[0] as number, second.at(-1) as number].every(
      (us) => Math.abs(at(one, us) - at(other, us)) <= 2 * toleranceUs,
    );
  for (const { ownUs, lagUs } of places(first, second, toleranceUs)) {
    if (best !== undefined && Math.abs(at(best, ownUs) - ownUs - lagUs) <= toleranceUs) continue;
    if (rival !== undefined && Math.abs(at(rival, ownUs) - ownUs - lagUs) <= toleranceUs) continue;
    const match = closest(first, second, { ownUs, lagUs }, { toleranceUs, sigmaUs });
    if (best === undefined || better(match, best)) {
      if (best !== undefined && !same(match, best)) rival = best;
      best = match;
    } else if (!same(match, best) && (rival === undefined || better(match, rival))) rival = match;
  }
  if (best === undefined) return 'none';
  if (rival === undefined || rival.pairs < RIVAL_SHARE * best.pairs) return best;
  return rival.rmsUs > TIMES_WORSE * Math.max(best.rmsUs, sigmaUs) ? best : 'ambiguous';
}

const better = (one: Match, other: Match): boolean =>
  one.pairs > other.pairs || (one.pairs === other.pairs && one.rmsUs < other.rmsUs);

const at = ({ ownUs, lagUs, rate }: Pick<Match, 'ownUs' | 'lagUs' | 'rate'>, us: number): number =>
  ownUs + lagUs + rate * (us - ownUs);

interface Place {
  /** An event of the second recording, and how much later it would be on the first's time, in us. */
  readonly ownUs: number;
  readonly lagUs: number;
}

/** Where an event and those behind it fit best, over so short a time that no clock matters; the best first. */
function places(first: Events, second: Events, toleranceUs: number): Place[] {
  const found: (Place & { readonly score: number })[] = [];
  const longest = toleranceUs / MOST_RATE;
  const all = first.length * second.length <= ANCHORS ** 2;
  const anchors = Math.min(second.length, ANCHORS);
  for (let k = 0; k < anchors; k++) {
    const from = Math.floor((k * second.length) / anchors);
    const ownUs = second[from] as number;
    const window = second.slice(from, from + WINDOW).filter((us) => us - ownUs <= longest);
    const scored = first.map((us) => {
      const lagUs = us - ownUs;
      const score = window.filter((each) => nearest(first, each + lagUs) <= toleranceUs).length;
      return { ownUs, lagUs, score };
    });
    scored.sort((a, b) => b.score - a.score);
    found.push(...(all ? scored : scored.slice(0, PLACES)));
  }
  found.sort((a, b) => b.score - a.score);
  const least = SCORE_SHARE * (found[0]?.score ?? 0);
  return all ? found : found.filter(({ score }) => score >= least).slice(0, MOST_PLACES);
}

/** Distance to the event that is nearest to a time, in us. */
function nearest(events: Events, us: number): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle] as number) < us) low = middle + 1;
    else high = middle;
  }
  return Math.min(
    Math.abs((events[low] ?? Number.POSITIVE_INFINITY) - us),
    Math.abs((events[low - 1] ?? Number.NEGATIVE_INFINITY) - us),
  );
}

/** The rate at which most events fit, from a place on. */
function closest(first: Events, second: Events, place: Place, options: Required<MatchOptions>): Match {
  const { toleranceUs } = options;
  const farthest = Math.max(place.ownUs - (second[0] as number), (second.at(-1) as number) - place.ownUs);
  const rates = Math.min(MOST_RATES, Math.ceil((MOST_RATE * farthest) / toleranceUs));
  let best: Match | undefined;
  for (let k = -rates; k <= rates; k++) {
    const rate = 1 + (rates === 0 ? 0 : (k / rates) * MOST_RATE);
    let match = lineOf(pairsAt(first, second, { ...place, rate }, toleranceUs), options);
    // What the line through the first pairs meets may be more, or other events.
    if (match !== undefined) match = lineOf(pairsAt(first, second, match, toleranceUs), options) ?? match;
    if (match !== undefined && (best === undefined || better(match, best))) best = match;
  }
  return best as Match;
}

type Pair = readonly [ownUs: number, lagUs: number];

/** Events that coincide within the tolerance, each with the nearest that is left. */
function pairsAt(
  first: Events,
  second: Events,
  line: Pick<Match, 'ownUs' | 'lagUs' | 'rate'>,
  toleranceUs: number,
): Pair[] {
  const pairs: Pair[] = [];
  let i = 0;
  for (const own of second) {
    const expected = at(line, own);
    while (i < first.length && (first[i] as number) < expected - toleranceUs) i++;
    while (Math.abs((first[i + 1] ?? Number.POSITIVE_INFINITY) - expected) < Math.abs((first[i] as number) - expected))
      i++;
    const us = first[i];
    if (us === undefined) break;
    if (us > expected + toleranceUs) continue;
    pairs.push([own, us - own]);
    i++;
  }
  return pairs;
}

/** The line of least squares, with what is known of clocks beforehand; undefined of no pairs. */
function lineOf(pairs: readonly Pair[], { sigmaUs }: Required<MatchOptions>): Match | undefined {
  const n = pairs.length;
  const [first] = pairs;
  if (first === undefined) return undefined;
  const line = fitLine(
    pairs.map(([own]) => own - first[0]),
    pairs.map(([, lag]) => lag - first[1]),
  ) as LineFit;
  const { x, y, spread, slope: seen = 0 } = line;
  const slope = (seen * spread) / (spread + (sigmaUs / RATE_PRIOR) ** 2);
  // That line is not the one of least squares, off which the points are by `residuals`: it is held back by what is
  // known of clocks.
  const squares = line.residuals + (seen - slope) ** 2 * spread;
  const rmsUs = Math.sqrt(squares / n);
  // Where the pairs scatter more than is known of each, it is what they show.
  const single = Math.max(sigmaUs, n > 2 ? Math.sqrt(squares / (n - 2)) : 0);
  return {
    ownUs: first[0] + x,
    lagUs: first[1] + y,
    lagSigmaUs: single / Math.sqrt(n),
    rate: 1 + slope,
    rateSigma: single / Math.sqrt(spread + (single / RATE_PRIOR) ** 2),
    pairs: n,
    rmsUs,
  };
}
