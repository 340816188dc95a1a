import { Random } from '../sensor/random.ts';
import type { ClientFrame } from '../sync/client.ts';
import { folded } from '../sync/hunting/direction.ts';
import { type HuntState, PhaseHunt } from '../sync/hunting/phase-hunt.ts';
import { bootUs } from '../time/units.ts';
import type { Truth } from './truth.ts';
import type { Watch } from './watch.ts';
import type { SimCameraOptions } from './world.ts';

/** From a camera's start to its first frame, without what is left to chance, and to be stopped, in us. */
const START_US = [150e3, 300e3] as const;
const STOP_US = [20e3, 80e3] as const;
/** Where the delay of a start repeats: what it scatters by, as a standard deviation, in us. */
const REPEATS_US = 1_500;
/** All are found for so long before the recording is told to begin, in us. */
const STEADY_US = 400e3;
/** From then to the first frame of the recording, in us. */
const LEAD_US = 1.5e6;

/** Cameras that can't be steered and are started until they fit. */
export interface Hunting {
  /** How near to the server's frames they shall be, in us. */
  readonly withinUs: number;
  /** How long the recording is, in us. */
  readonly takeUs: number;
  /** All are to be found by then, in us; the recording begins later or never. */
  readonly limitUs: number;
  /**
   * What a start does to the phase of frames: `any`, all phases are alike; `delay`, the first frame comes after the
   * same time; `fixed`, nothing.
   */
  readonly start: 'any' | 'delay' | 'fixed';
}

interface HuntedWorld {
  readonly hunting: Hunting;
  readonly cameras: readonly SimCameraOptions[];
  readonly seed: number;
}

/** A USB camera in virtual time: it can be started and stopped, and its frames come when they come. */
class UsbCamera {
  readonly hunt: PhaseHunt;
  private readonly random: Random;
  private readonly start: Hunting['start'];
  private readonly noiseUs: number;
  private readonly delayUs: number;
  /** Of one whose frames go on whether or not it is started. */
  private readonly phaseUs: number;
  private readonly periodUs: number;
  private readonly frameUs: number;
  nextUs = 0;

  constructor(options: SimCameraOptions, { withinUs, takeUs, start }: Hunting, random: Random) {
    const { frameUs, ppm, noiseUs = 200 } = options;
    this.random = random;
    this.start = start;
    this.frameUs = frameUs;
    this.noiseUs = noiseUs;
    this.periodUs = frameUs / (1 + ppm * 1e-6);
    this.delayUs = random.between(...START_US);
    this.phaseUs = random.between(0, frameUs);
    this.hunt = new PhaseHunt({ frameUs, withinUs, middleUs: takeUs / 2 });
    this.begin(0);
  }

  private begin(us: number): void {
    const { random, delayUs, periodUs, phaseUs } = this;
    this.hunt.started(bootUs(us));
    if (this.start === 'fixed') this.nextUs = phaseUs + periodUs * Math.ceil((us + delayUs - phaseUs) / periodUs);
    else
      this.nextUs = us + delayUs + (this.start === 'any' ? random.between(0, periodUs) : REPEATS_US * random.gauss());
  }

  /** Its next frame. @param hunts whether it may be started again. @returns when that was, in true time. */
  frame(hunts: boolean): { readonly us: number; readonly phaseUs: number } {
    const us = this.nextUs;
    this.nextUs += this.periodUs;
    const stampUs = us + this.noiseUs * this.random.gauss();
    // The server's frames are the whole multiples of a frame.
    const phaseUs = folded(stampUs, this.frameUs);
    if (hunts && this.hunt.frame(bootUs(stampUs), phaseUs))
      this.begin(this.hunt.startAt(bootUs(us + this.random.between(...STOP_US))));
    return { us, phaseUs };
  }
}

/**
 * Runs cameras that can't be steered beside a server: they hunt, or are taken as they started; the recording begins
 * when all are found. @returns the frames made.
 */
export function runHunted(
  { hunting, cameras, seed }: HuntedWorld,
  column: 'ours' | 'stock',
  truth: Truth,
  watches: readonly Watch[],
): number {
  const made = cameras.map((camera, i) => new UsbCamera(camera, hunting, new Random(seed * 1009 + i + 1)));
  const frameUs = cameras[0]?.frameUs ?? 0;
  let frames = 0;
  let steadyUs: number | undefined;
  let foundUs = column === 'stock' ? LEAD_US : undefined;
  while (foundUs === undefined) {
    const next = made.reduce((a, b) => (b.nextUs < a.nextUs ? b : a));
    if (next.nextUs > hunting.limitUs) break;
    next.frame(true);
    frames++;
    if (!made.every(({ hunt }) => hunt.state === ('found' satisfies HuntState))) steadyUs = undefined;
    else {
      steadyUs ??= next.nextUs;
      if (next.nextUs - steadyUs >= STEADY_US) foundUs = next.nextUs;
    }
  }
  if (foundUs === undefined) return frames;
  const first = Math.ceil((foundUs + LEAD_US) / frameUs);
  const count = Math.round(hunting.takeUs / frameUs);
  for (let i = 0; i < count; i++) truth.frame((first + i) * frameUs, i);
  for (const [i, camera] of made.entries()) {
    const watch = watches[i] as Watch;
    watch.message(first * frameUs);
    for (;;) {
      const { us: trueUs, phaseUs } = camera.frame(false);
      const index = Math.round(trueUs / frameUs) - first;
      if (index >= count) break;
      frames++;
      if (index >= 0) watch.frame({ trueUs, decision: decided(index, phaseUs), run: 0 });
    }
  }
  return frames;
}

const decided = (index: number, phaseUs: number): ClientFrame => ({
  index,
  phaseUs,
  ready: true,
  timerUs: undefined,
  correctionUs: 0,
  state: 'acquiring',
  notices: [],
  changes: [],
});
