import { describeLearned, type LearnedOfCamera } from '../rpicam/learned-words.ts';
import { type Finding, finding } from './finding.ts';

/** How a stock camera could be steered in a trial. */
export interface SteeringTrial {
  /** Frames that were heard of. */
  readonly frames: number;
  /** By what it was steered: its log, or the grid alone. */
  readonly channel: string;
  /** Why by that. */
  readonly reason: string;
  /** What was learned of it, as the steerer says it; undefined where nothing was. */
  readonly learned?: LearnedOfCamera | undefined;
  /** From its first frame to being in its place, in s; undefined where it never was. */
  readonly lockedAfterS: number | undefined;
  /** How far its frames were from even ones then, by its stamps, in us. */
  readonly phases: { readonly rms: number; readonly max: number } | undefined;
  /** The best that whole lines allow, rms, in us. */
  readonly limitRmsUs: number;
}

/** Up to so many times the limit, of lines and of the stamps' noise, is as it should be. */
const GOOD = 1.5;

const SEND = 'for a report, what genlock doctor --steering --json prints is of use';

/** How well a stock camera can be steered. @param model of its sensor. */
export function steeringFinding(spec: string, model: string, trial: SteeringTrial): Finding {
  const { channel, reason, frames, lockedAfterS, phases, limitRmsUs, learned } = trial;
  const limits =
    learned === undefined
      ? []
      : [`heard by its log ${learned.latencyFrames.toFixed(1)} frames late; ${describeLearned(learned)}`];
  if (channel !== 'log') {
    return finding('steering', 'warn', `${model}: ${reason}: a take steers it by its metadata, or unheard`, {
      of: spec,
      limits,
      advice:
        'sudo apt update && sudo apt full-upgrade: libcamera tells of corrections from 0.4.0+rpt20250213 on, unless it was built without; record says which way it takes then',
    });
  }
  if (lockedAfterS === undefined || phases === undefined) {
    return finding('steering', 'fail', `${model}: not in its place after ${frames} frames: a take would not begin`, {
      of: spec,
      limits,
      advice: `let the machine do less, or record with --steer stock; ${SEND}`,
    });
  }
  const times = phases.rms / limitRmsUs;
  const value =
    `${model}: held within ${phases.rms.toFixed(1)} us rms, ${times.toFixed(2)} x the limit of whole lines, ` +
    `${phases.max.toFixed(0)} us at most; in its place after ${lockedAfterS.toFixed(1)} s`;
  const possibleUs = Math.hypot(limitRmsUs, learned?.noiseUs ?? 0);
  if (phases.rms <= GOOD * possibleUs) return finding('steering', 'good', value, { of: spec, limits });
  return finding('steering', 'warn', value, {
    of: spec,
    limits,
    advice: `a busy machine keeps orders from their frames: let it do less, close the desktop, choose a smaller picture; ${SEND}`,
  });
}

/** Of a camera that could not be tried. */
export const steeringRefused = (spec: string, why: string, known: boolean): Finding =>
  known
    ? finding('steering', 'fail', why, {
        of: spec,
        advice: 'docs/raspberry-pi.md says what its words mean and what to do: When it does not work',
      })
    : finding('steering', 'warn', why, {
        of: spec,
        advice: 'record it with --steer stock: it follows by its own algorithm, once a second',
      });
