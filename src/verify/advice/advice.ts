import type { Advice } from '../../advice.ts';
import type { Take } from '../../record/take.ts';
import type { Report } from '../alignment.ts';
import { filesAdvice, unprovedAdvice } from './files.ts';
import { clocksAdvice, cutOffAdvice, endedAdvice, lateAdvice } from './recording.ts';
import { speedAdvice } from './speed.ts';
import { lockAdvice, otherServerAdvice } from './sync.ts';

/**
 * What to do about what is wrong with a take or with files, by what was measured: a line each, causes before what comes
 * of them. Nothing where nothing is wrong.
 * @param report the proof, where there is one.
 * @param take its description, where the files are of one.
 */
export function adviceOn(report: Report | undefined, take: Take | undefined): readonly Advice[] {
  const causes =
    take === undefined
      ? []
      : [
          ...cutOffAdvice(take),
          ...lockAdvice(take),
          ...otherServerAdvice(take, report),
          ...speedAdvice(take),
          ...endedAdvice(take),
          ...lateAdvice(take),
          ...clocksAdvice(take, report),
        ];
  const shown = report === undefined ? [] : filesAdvice(report, take);
  const all = [...causes, ...shown];
  return all.length > 0 || report === undefined ? all : unprovedAdvice(report, take);
}
