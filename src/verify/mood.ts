import type { Report } from './alignment.ts';

/** A verdict as a colour: `good` is green, `fair` amber, there is something to know; `bad` is red. */
export type Mood = 'good' | 'fair' | 'bad';

/** The colour of a verdict, the same in a terminal and on the page. */
export function moodOf({ verdict, source, cameras }: Report): Mood {
  if (verdict === 'not locked') return 'bad';
  if (verdict === 'nothing to compare' || source === 'timestamps') return 'fair';
  return cameras.some(({ repeated }) => repeated > 0) ? 'fair' : 'good';
}
