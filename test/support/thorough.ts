/**
 * How many samples of a claim are drawn: all of them where `GENLOCK_TEST=thorough` (CI's second run of the unit tests),
 * else the fewer for which `npm test` has minutes.
 */
export const samples = (all: number, inMinutes: number): number =>
  process.env.GENLOCK_TEST === 'thorough' ? all : inMinutes;
