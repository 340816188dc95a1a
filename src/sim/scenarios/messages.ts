import type { LinkOptions } from '../link.ts';
import { endsWithin, rmsWithin, slotsRight } from './musts.ts';
import { type ClientRun, type Scenario, SECOND, type Variant, variant } from './scenario.ts';

const LINKS: readonly (readonly [name: string, link: LinkOptions])[] = [
  ['loss-30', { loss: 0.3 }],
  ['bursts-5s', { down: (us) => us > 20 * SECOND && us % (15 * SECOND) < 5 * SECOND }],
  ['reordered', { reorder: 0.3 }],
  ['repeated', { repeat: 0.5 }],
];

export const lostMessages: Scenario = {
  name: 'lost-messages',
  about: '30 % lost; lost for 5 s at a time; overtaken; repeated',
  limits: 'rms at most 1.1 x limit',
  variants: LINKS.map(([name, link]) => variant({ name, link, musts: [rmsWithin(1.1), slotsRight] })),
};

/** How long the server stays silent. */
const SILENCE_US = 60 * SECOND;
/** A client locks well within this. */
const LOCKING_US = SECOND;

/**
 * Nothing is heard any more after so many seconds of lock; the server's sensor runs on, so there is a truth to compare
 * with.
 */
function silentAfter(seconds: number, musts: Variant['musts']): Variant {
  const fromUs = LOCKING_US + seconds * SECOND;
  return variant({
    name: `after-${seconds}s`,
    untilUs: fromUs + SILENCE_US,
    link: { down: (us) => us > fromUs },
    windowUs: [fromUs, fromUs + SILENCE_US],
    musts: [slotsRight, ...musts],
  });
}

/** Seeds that a stated bound is judged by, and how many of them it may fail. */
const SEEDS = 100;
const MAY_FAIL = 1;
/** A bound is worth something if it is not far more than the truth: so many times the true 99th percentile. */
const WIDEST = 5;

/** The bound that a client states after a minute of silence, against the truth of a hundred worlds. */
function boundsHold(runs: readonly ClientRun[], name: string): string[] {
  const ends = runs.map(({ ours }) => ({
    offsetUs: Math.abs(ours?.endOffsetUs ?? Number.POSITIVE_INFINITY),
    boundUs: ours?.endBoundUs ?? Number.NaN,
  }));
  const failed = ends.filter(({ offsetUs, boundUs }) => !(offsetUs <= boundUs)).length;
  const p99 = ends.map(({ offsetUs }) => offsetUs).sort((a, b) => a - b)[Math.ceil(0.99 * ends.length) - 1] as number;
  const widest = Math.max(...ends.map(({ boundUs }) => boundUs));
  const failures: string[] = [];
  if (failed > MAY_FAIL) failures.push(`${name}: the stated bound fails in ${failed} of ${ends.length} seeds`);
  if (!(widest <= WIDEST * p99))
    failures.push(`${name}: the stated bound of ${widest.toFixed(1)} us is over ${WIDEST} x ${p99.toFixed(1)} us`);
  return failures;
}

export const holdover: Scenario = {
  name: 'holdover',
  about: 'the server is silent for 60 s, after 60 s of lock and after 10 s',
  limits:
    'below 20 us at the end after 60 s of lock; the stated bound holds in 99 of 100 seeds, at most 5 x the true p99',
  variants: [silentAfter(60, [endsWithin(20)]), silentAfter(10, [])],
  survey: (run, seed) =>
    holdover.variants.flatMap((variant) =>
      boundsHold(Array.from({ length: SEEDS }, (_, i) => run(variant, seed * SEEDS + i)).flat(), variant.name),
    ),
};
