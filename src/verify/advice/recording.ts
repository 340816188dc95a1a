import { Advice } from '../../advice.ts';
import { counted } from '../../counted.ts';
import { OVERLOADED } from '../../record/overload.ts';
import type { Take } from '../../record/take.ts';
import { framesPerSecond } from '../../time/frame-rate.ts';
import type { Report } from '../alignment.ts';
import { listed } from './words.ts';

/** A take that nobody finished. */
export function cutOffAdvice({ state }: Take): Advice[] {
  return state === 'recording'
    ? [new Advice('cut-off', 'the take was cut off, or is still being recorded: genlock repair finishes it')]
    : [];
}

/** Cameras that ended before the take did, and a take that its disk ended. */
export function endedAdvice({ cameras, restart, troubles = [], wanted }: Take): Advice[] {
  const died = cameras.filter(
    ({ error, files, frames = 0 }) =>
      // What an overload ended is told by what can be done about that.
      error?.includes(OVERLOADED) === false && frames > 0 && (files?.length ?? 1) === 1,
  );
  const full = troubles.some(({ kind }) => kind === 'disk-full');
  return [
    ...(full
      ? [
          new Advice(
            'disk',
            `the disk was nearly full${wanted === undefined ? '' : `, before ${counted(wanted, 'frame')} were recorded`}: make room there, or name a folder on another disk with {output}`,
          ),
        ]
      : []),
    ...(died.length > 0
      ? [
          new Advice(
            'ended-early',
            `${listed(died.map(({ name }) => name))} ended before the take did${
              restart
                ? ', and could not be started again: genlock doctor looks at all that cameras need here'
                : ': with {restart} a camera is started again, and goes on in its place'
            }`,
          ),
        ]
      : []),
  ];
}

/** Cameras whose files begin behind frame 0. */
export function lateAdvice({ cameras, frameRate }: Take): Advice[] {
  return cameras.flatMap(({ name, firstIndex = 0, frames = 0 }) => {
    if (firstIndex === 0 || frames === 0) return [];
    const seconds = (firstIndex / framesPerSecond(frameRate)).toFixed(1);
    return [
      new Advice(
        'late-start',
        `${name} started late, at frame ${firstIndex} (${seconds} s): record again with less at work on this computer; ` +
          `in this take frame N of its file is frame N + ${firstIndex} of the others`,
      ),
    ];
  });
}

/** A clock that somebody set while the cameras followed it. */
export function clocksAdvice({ troubles = [] }: Take, report: Report | undefined): Advice[] {
  const set = troubles.filter(({ kind }) => kind === 'clock-set').flatMap(({ camera }) => camera ?? []);
  if (set.length === 0 || report?.verdict === 'locked') return [];
  return [
    new Advice(
      'clocks',
      `a clock was set while ${listed([...new Set(set)])} recorded: let chrony or NTP settle before a take, and have them slew, not step (chrony: makestep at boot alone)`,
    ),
  ];
}
