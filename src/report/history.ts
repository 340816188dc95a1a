import type { Take, TakeCamera, TakeState } from '../record/take.ts';
import { periodUs } from '../time/frame-rate.ts';
import { median } from '../time/statistics.ts';

/** What a camera was doing, for how long, in slots; `to` is not included. */
export interface StatePiece {
  readonly state: TakeState['state'];
  readonly from: number;
  readonly to: number;
}

/** A change of a camera's state. */
export interface StateEvent {
  readonly camera: string;
  readonly state: TakeState['state'];
  readonly at: string;
  /** From frame 0 of the take, in s; undefined where it is not known when that was. */
  readonly seconds: number | undefined;
  /** True for a second start and a loss: what a person should see. */
  readonly worth: boolean;
}

export type StateMood = 'good' | 'watch' | 'bad' | 'none';

/** Each state in plain words, and whether it is a good one while the take is recorded. */
export const STATES: Readonly<Record<TakeState['state'], { readonly means: string; readonly mood: StateMood }>> = {
  starting: { means: 'starts', mood: 'watch' },
  waiting: { means: 'waits for the server', mood: 'watch' },
  acquiring: { means: 'moves its frames towards the server’s', mood: 'watch' },
  locked: { means: 'its frames start with the server’s', mood: 'good' },
  hunting: { means: 'is started again until its frames lie near the server’s', mood: 'watch' },
  matched: { means: 'can’t be steered: its frames are put into the nearest slots', mood: 'good' },
  holdover: { means: 'the server is silent: goes on by what it has learned', mood: 'watch' },
  lost: { means: 'has not heard the server for too long', mood: 'bad' },
  counting: { means: 'serves, and counts down to the recording', mood: 'good' },
  recording: { means: 'serves, and records', mood: 'good' },
  done: { means: 'is done', mood: 'none' },
  failed: { means: 'has failed', mood: 'bad' },
};

/**
 * When frame 0 was, in ms since 1970 on the clock of `record`: by the states that tell of their frame. Undefined where
 * none does.
 */
export function startMs(take: Take): number | undefined {
  const periodMs = periodUs(take.frameRate) / 1000;
  const starts = take.cameras.flatMap(({ states = [] }) =>
    states.flatMap(({ at, index, recording, state }) =>
      // In the end it is said when the process is gone, which takes a while.
      recording && index !== undefined && index >= 0 && state !== 'done' && state !== 'failed'
        ? [Date.parse(at) - index * periodMs]
        : [],
    ),
  );
  return median(starts);
}

/**
 * What a camera did while the take was recorded, one piece behind the other.
 * @param end the slot behind the last one.
 */
export function statePieces(take: Take, camera: TakeCamera, end: number): StatePiece[] {
  const start = startMs(take);
  const slotOf = ({ at, index }: TakeState): number | undefined => {
    if (index !== undefined) return index;
    return start === undefined ? undefined : Math.round(((Date.parse(at) - start) * 1000) / periodUs(take.frameRate));
  };
  const changes = (camera.states ?? []).flatMap((change) => {
    const slot = slotOf(change);
    return slot === undefined ? [] : [{ state: change.state, slot: Math.min(end, Math.max(0, slot)) }];
  });
  return changes.flatMap(({ state, slot }, i) => {
    const to = changes[i + 1]?.slot ?? end;
    return to > slot && STATES[state].mood !== 'none' ? [{ state, from: slot, to }] : [];
  });
}

/** All changes of all cameras in the order of time. */
export function stateEvents(take: Take): StateEvent[] {
  const start = startMs(take);
  const events = take.cameras.flatMap(({ name, states = [] }) =>
    states.map(({ at, state, recording }, i) => ({
      camera: name,
      state,
      at,
      seconds: start === undefined ? undefined : (Date.parse(at) - start) / 1000,
      worth:
        i > 0 &&
        (STATES[state].mood === 'bad' || state === 'starting' || (recording && STATES[state].mood === 'watch')),
    })),
  );
  return events.sort((a, b) => a.at.localeCompare(b.at));
}
