import type { Sound } from '../libav/audio.ts';
import { median } from '../time/statistics.ts';

/** The sound is looked at in pieces of this long, in s. */
const PIECE_S = 0.0005;
/** A clap is louder than the usual piece by this factor (as an amplitude), than silence by this, and than the half second before it. */
const TIMES_USUAL = 12;
const LEAST = 0.02;
const TIMES_BEFORE = 3;
/** Pieces before that it must stand out of, leaving out the last 10 ms. */
const BEFORE = Math.round(0.5 / PIECE_S);
const RISE = Math.round(0.01 / PIECE_S);
/** The next clap may come after this long, in us. */
const APART_US = 200_000;

/** Times at which sudden loud sounds begin, in us of presentation time. */
export function claps({ rate, samples, startUs }: Sound): number[] {
  const size = Math.max(1, Math.round(rate * PIECE_S));
  const loud: number[] = [];
  for (let at = 0; at + size < samples.length; at += size) {
    let most = 0;
    // What changes from sample to sample: a clap has it, hum and wind have little.
    for (let i = at; i < at + size; i++)
      most = Math.max(most, Math.abs((samples[i + 1] as number) - (samples[i] as number)));
    loud.push(most);
  }
  const least = Math.max(LEAST, TIMES_USUAL * (median(loud) ?? 0));
  const found: number[] = [];
  for (const [i, value] of loud.entries()) {
    if (value < least) continue;
    const us = startUs + (i * size * 1e6) / rate;
    if (us - (found.at(-1) ?? Number.NEGATIVE_INFINITY) < APART_US) continue;
    const before = loud.slice(Math.max(0, i - BEFORE), Math.max(0, i - RISE));
    if (value < TIMES_BEFORE * before.reduce((most, each) => Math.max(most, each), 0)) continue;
    found.push(us);
  }
  return found;
}
