import { CLOSE_US, type Observed } from '../watch.ts';
import type { ClientRun, Must } from './scenario.ts';

const us = (value: number | null | undefined): string => (value == null ? 'nothing' : `${value.toFixed(1)} us`);

/** Checks our run; a client that did not run did not hold. */
const ours =
  (check: (observed: Observed, run: ClientRun) => string | undefined): Must =>
  (run) =>
    run.ours === null ? 'did not run' : check(run.ours, run);

/** Offset rms at most so many times the limit of whole lines. */
export const rmsWithin = (factor: number): Must =>
  ours(({ rmsUs }, { limitRmsUs }) =>
    rmsUs !== null && rmsUs <= factor * limitRmsUs
      ? undefined
      : `rms ${us(rmsUs)}, more than ${factor} x ${us(limitRmsUs)}`,
  );

/** Offset rms at most so many times the limit of whole lines, in the times that the variant calls calm. */
export const calmRmsWithin = (factor: number): Must =>
  ours(({ calmRmsUs }, { limitRmsUs }) =>
    calmRmsUs !== null && calmRmsUs <= factor * limitRmsUs
      ? undefined
      : `rms ${us(calmRmsUs)} once it is calm, more than ${factor} x ${us(limitRmsUs)}`,
  );

/** In the window never off by more than this, in us. */
export const maxWithin = (most: number): Must =>
  ours(({ maxUs }) => (maxUs !== null && maxUs <= most ? undefined : `off by ${us(maxUs)}, more than ${most} us`));

/** 99 of 100 offsets in the window are at most this, in us. */
export const p99Within = (most: number): Must =>
  ours(({ p99Us }) => (p99Us !== null && p99Us <= most ? undefined : `p99 ${us(p99Us)}, more than ${most} us`));

/** The clock of the server's host was read, and at each frame off by no more than was stated. */
export const clockWithinBound: Must = ours(({ clockFrames, clockOutsideFrames }) => {
  if (clockFrames === 0) return "the clock of the server's host was never read";
  return clockOutsideFrames === 0
    ? undefined
    : `the clock is off by more than its bound at ${clockOutsideFrames} frames`;
});

/** It follows nobody whose clock is not known: no frame is placed, and it never says that it is locked. */
export const followsNobody: Must = ours(({ lockedFrames, firstIndex, clockFrames }) =>
  lockedFrames === 0 && firstIndex === undefined && clockFrames === 0
    ? undefined
    : `locked at ${lockedFrames} frames, the clock was read at ${clockFrames}`,
);

/** Offset rms at most so much, in us, given the line. */
export const rmsBelow = (most: (lineUs: number) => number): Must =>
  ours(({ rmsUs }, { options }) =>
    rmsUs !== null && rmsUs <= most(options.mode.lineUs)
      ? undefined
      : `rms ${us(rmsUs)}, more than ${us(most(options.mode.lineUs))}`,
  );

/** The stock controllers on the same world are so many times worse. */
export const stockTimes = (factor: number): Must =>
  ours(({ rmsUs }, { stock }) =>
    rmsUs !== null && stock !== null && stock.rmsUs !== null && stock.rmsUs >= factor * rmsUs
      ? undefined
      : `stock rms ${us(stock?.rmsUs)}, less than ${factor} x ours of ${us(rmsUs)}`,
  );

/** Every frame of a stock client's recording in its slot, and none before the first. */
export const stockSlotsRight: Must = ({ stock }) =>
  stock?.slotsWrong === 0 && stock.firstIndex === 0
    ? undefined
    : `stock begins with frame ${stock?.firstIndex}, ${stock?.slotsWrong} frames in a wrong slot`;

/** Our server costs a stock client at most so many times the rms that it has with its own. */
export const atMostStockTimes = (factor: number): Must =>
  ours(({ rmsUs }, { stock }) =>
    rmsUs !== null && stock !== null && stock.rmsUs !== null && rmsUs <= factor * stock.rmsUs
      ? undefined
      : `rms ${us(rmsUs)}, more than ${factor} x ${us(stock?.rmsUs)} with a stock server`,
  );

/**
 * Whenever the client says that it is locked, it is off by no more than it states, in 99 of 100 frames, and never by
 * more than five times of that. It holds in every scenario. One that did not run, or never says it, can't be wrong.
 */
export const lockedIsLocked: Must = ({ ours }) => {
  if (ours === null) return undefined;
  const { lockedFrames, outsideFrames, worstOutside } = ours;
  if (outsideFrames <= Math.floor(lockedFrames / 100) && worstOutside <= WORST_OUTSIDE) return undefined;
  return `says locked and is off by more than it states in ${outsideFrames} of ${lockedFrames} frames, by ${worstOutside.toFixed(1)} x at most`;
};

/** How many times its stated bound a client that says locked may be off at most. */
const WORST_OUTSIDE = 5;

/** Every frame of the recording in its slot. */
export const slotsRight: Must = ours(({ slotsWrong, firstIndex }) => {
  if (firstIndex === undefined) return 'recorded nothing';
  return slotsWrong === 0 ? undefined : `${slotsWrong} frames in a wrong slot`;
});

/** The recording begins with frame 0. */
export const fromTheFirst: Must = ours(({ firstIndex }) =>
  firstIndex === 0 ? undefined : `the recording begins with frame ${firstIndex}`,
);

/**
 * What the server records this client records, and nothing else, each frame with the server's number; about so many
 * seconds are paused.
 */
export const recordsAsAgreed = (pausedSeconds: number, saves: number): Must =>
  ours(({ disagreedFrames, timelineFrames, pausedFrames, saves: heard }, { options }) => {
    if (disagreedFrames > 0)
      return `${disagreedFrames} of ${timelineFrames} frames recorded otherwise than by the server`;
    const seconds = (pausedFrames * options.frameUs) / 1e6;
    if (Math.abs(seconds - pausedSeconds) > 0.25) return `paused for ${seconds.toFixed(2)} s, not ${pausedSeconds} s`;
    return heard === saves ? undefined : `heard of ${heard} saves in time, not ${saves}`;
  });

export const locksWithin = (seconds: number): Must =>
  ours(({ lockSeconds }) =>
    lockSeconds !== null && lockSeconds <= seconds
      ? undefined
      : `locked ${lockSeconds === null ? 'never' : `after ${lockSeconds.toFixed(2)} s`}, not within ${seconds} s`,
  );

/** After the disturbance below 100 us again, and for good. */
export const closeAgainWithin = (seconds: number): Must =>
  ours(({ disturbedSeconds }) =>
    disturbedSeconds <= seconds
      ? undefined
      : `off by ${CLOSE_US} us or more until ${disturbedSeconds.toFixed(2)} s after, not ${seconds} s`,
  );

/** In the window never off by 100 us or more. */
export const closeThroughout: Must = ours(({ maxUs, disturbedSeconds }) =>
  maxUs !== null && maxUs < CLOSE_US && disturbedSeconds === 0 ? undefined : `off by ${us(maxUs)} at most`,
);

/** "clocks diverging" is said in time. */
export const saysDivergingWithin = (seconds: number): Must =>
  ours(({ divergingSeconds }) =>
    divergingSeconds !== undefined && divergingSeconds <= seconds
      ? undefined
      : `"clocks diverging" ${divergingSeconds === undefined ? 'never said' : `said after ${divergingSeconds.toFixed(2)} s`}`,
  );

/**
 * What happens to the server is none of the client's business: it is in step all along, and has nothing to say of it.
 */
export const unimpressed: Must = ours(({ outOfStepFrames, serverNotices }) =>
  outOfStepFrames === 0 && serverNotices === 0
    ? undefined
    : `out of step in ${outOfStepFrames} frames afterwards, and ${serverNotices} notices of its server`,
);

/** The last frame of the run is off by less than this, in us. */
export const endsWithin = (most: number): Must =>
  ours(({ endOffsetUs }) =>
    endOffsetUs !== undefined && Math.abs(endOffsetUs) < most ? undefined : `ends ${us(endOffsetUs)} off`,
  );

/** All of these, where the camera has the room to follow; a refusal that says what is safe will do as well. */
export const unlessRefused =
  (...musts: readonly Must[]): Must =>
  (run) => {
    if (run.refused !== null) return undefined;
    for (const must of musts) {
      const failure = must(run);
      if (failure !== undefined) return failure;
    }
    return undefined;
  };
