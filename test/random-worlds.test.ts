import { describe, expect, it } from 'vitest';
import { wordsOf } from '../src/sim/words.ts';

/** Worlds in which a client was once wrong about being locked, and what it fell for. */
const WORLDS: readonly (readonly [seed: number, what: string])[] = [
  [5169, 'a slew of the server that ends just after it is met'],
  [5350, 'a first message that is a second late, by a clock whose rate is not known yet'],
  [5454, 'the same, with messages that overtake each other'],
  [5649, 'a step of 0.1 ms between the first two messages'],
  [9883, 'a step of 0.15 ms in a gap between messages, before the rate is known'],
];

describe('whoever says locked is within its stated bound', () => {
  it.each(WORLDS)('in world %i: %s', (seed) => {
    const words = wordsOf(seed);
    expect(words.map(({ lockedFrames }) => lockedFrames > 0)).toContain(true);
    expect(words.flatMap(({ failure }) => failure ?? [])).toEqual([]);
  });
});
