import { type Mood, moodOf } from '../verify/mood.ts';
import type { Facts } from './facts.ts';
import { count, counted, listed, micros } from './words.ts';

/** What came of the take, for a person who knows nothing of genlock. */
export interface VerdictWords {
  readonly mood: Mood;
  /** The verdict in one line. */
  readonly line: string;
  /** What that means in figures, a sentence or two. */
  readonly more: string;
}

/** A car at 100 km/h, in mm a us: what a time means to the eye. */
const CAR_MM_PER_US = 100 / 3.6 / 1000;

export function verdictWords(facts: Facts): VerdictWords {
  const { report, cameras } = facts;
  const mood = moodOf(report);
  if (report.verdict === 'not locked') return notLocked(facts);
  if (report.verdict === 'nothing to compare') {
    return { mood, line: 'One camera: there is nothing to compare it with.', more: lengthOf(facts) };
  }
  const dropped = sum(cameras.map(({ report }) => report.repeated));
  const all = cameras.length === 2 ? 'both cameras' : `all ${cameras.length} cameras`;
  const filled =
    dropped === 0 ? '' : `; ${counted(dropped, 'lost frame')} ${dropped === 1 ? 'is' : 'are'} filled by the one before`;
  // What rests on timestamps says so first.
  const says = (what: string): string =>
    report.source === 'pixels'
      ? `${what}: frame for frame`
      : `${what}, by the cameras’ own timestamps alone: frame for frame`;
  if (report.verdict === 'aligned') {
    return {
      mood,
      line: `${says('In step')}, ${all} show the same moment to within half a frame${filled}.`,
      more: `${apart(facts)} Not every camera here can be steered, so half a frame (${micros(facts.periodUs / 2)}) is allowed.`,
    };
  }
  return {
    mood,
    line: `${says('In sync')}, ${all} show the same moment${filled}.`,
    more: `${apart(facts)} Up to ${micros(report.toleranceUs)} is allowed.`,
  };
}

function notLocked(facts: Facts): VerdictWords {
  const { report, cameras, reference } = facts;
  const off = cameras.filter((camera) => missed(camera) > 0);
  const uneven = new Set(cameras.map((camera) => camera.report.frames)).size > 1;
  const more = `Don’t take frame N of one file for frame N of another without looking. ${lengthOf(facts)}`;
  if (off.length > 0) {
    const most = off.reduce((a, b) => (missed(b) > missed(a) ? b : a));
    const others =
      off.length === 1 ? '' : `, ${listed(off.filter((camera) => camera !== most).map(({ name }) => name))} in fewer`;
    const of = most.pair?.compared ?? 0;
    const where = missed(most) === of ? `all ${count(of)} frames` : `${count(missed(most))} of ${count(of)} frames`;
    return {
      mood: 'bad',
      line: `Not in sync: ${most.name} shows another moment than ${reference.name} in ${where}${others}.`,
      more,
    };
  }
  if (uneven) {
    const counts = listed(cameras.map(({ name, report: { frames } }) => `${name} ${count(frames)}`));
    return { mood: 'bad', line: `Not in sync: the files have different numbers of frames (${counts}).`, more };
  }
  return { mood: 'bad', line: `Not proved: ${report.reasons[0] ?? 'the frames can’t be compared'}.`, more };
}

const missed = ({ pair }: Facts['cameras'][number]): number =>
  pair ? pair.compared - pair.matched - pair.undecided : 0;

/** How far apart frames were, and what that is to the eye. */
function apart({ cameras, report }: Facts): string {
  const worst = Math.max(...cameras.flatMap(({ pair }) => pair?.maxUs ?? []));
  if (!Number.isFinite(worst)) return '';
  const mm = worst * CAR_MM_PER_US;
  const way =
    mm < 10
      ? `${mm.toFixed(mm < 1 ? 2 : 1)}\u00a0mm`
      : mm < 1000
        ? `${(mm / 10).toFixed(0)}\u00a0cm`
        : `${(mm / 1000).toFixed(1)}\u00a0m`;
  const told = report.source === 'pixels' ? 'were never more than' : 'say of themselves that they were never more than';
  const unit = worst < 1000 ? ' (millionths of a second)' : '';
  return `They ${told} ${micros(worst)}${unit} apart: in that time a car at 100\u00a0km/h drives ${way}.`;
}

const lengthOf = ({ report, periodUs }: Facts): string =>
  `${counted(report.frames, 'frame')}, ${((report.frames * periodUs) / 1e6).toFixed(1)}\u00a0s.`;

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
