import { FailureError } from '../../errors.ts';
import type { HostClock } from '../../host/clock.ts';
import { EvenGrid } from '../../sync/steering/grid.ts';
import type { Learned } from '../../sync/steering/learned.ts';
import type { Channel, FrameReport } from '../../sync/steering/report.ts';
import { Steerer } from '../../sync/steering/steerer.ts';
import { periodUs } from '../../time/frame-rate.ts';
import type { Summary } from '../../time/statistics.ts';
import { TOLD_AHEAD_FRAMES } from '../steering/shell.ts';
import type { SteeredRequest } from '../stock/steered-camera.ts';
import { StockVoice } from '../stock/voice.ts';
import { probeArguments } from './arguments.ts';
import type { SteerableCamera } from './camera.ts';
import { Phases } from './phases.ts';
import { SteeredProcess } from './process.ts';

/** What came of steering a stock camera for a while. */
export interface Probed {
  /** Frames that were heard of. */
  readonly frames: number;
  readonly channel: Channel;
  /** Why by that channel. */
  readonly reason: string;
  readonly learned: Learned | undefined;
  /** From its first frame to being in its place, in s; undefined where it never was. */
  readonly lockedAfterS: number | undefined;
  /** How far its frames were from even ones from then on, by its stamps, in us. */
  readonly phases: Summary | undefined;
  /** The best that whole lines allow: line / sqrt 12, in us. */
  readonly limitRmsUs: number;
}

/** How often it is looked at, in ms. */
const LOOK_MS = 50;
/** Frames after it is in its place that don't count: it was brought there by long steps. */
const SETTLING = 15;
const GRACE_S = 1;

/**
 * Steers a stock camera to even frames of this host's clock, with a recording to nowhere beside it.
 * @param ms for how long.
 * @throws FailureError with rpicam-vid's words where it ends by itself.
 */
export async function probeSteering(
  camera: SteerableCamera,
  request: SteeredRequest,
  clock: HostClock,
  ms: number,
): Promise<Probed> {
  const { program, configFile, port, run } = camera;
  const grid = new EvenGrid(clock.boot(), periodUs(request.frameRate));
  const steerer = new Steerer(run.camera, grid, { channel: 'log' });
  const phases = new Phases(grid);
  const voice = new StockVoice({ onRunning: () => process.running(), onBegan() {}, onTimeUp() {}, onLine() {} });
  const seen = { frames: 0, firstUs: 0, sinceLocked: 0, lockedAfterS: undefined as number | undefined };
  const args = [...camera.args, ...probeArguments(request.width, request.height)];
  const onReport = ({ sensorUs }: FrameReport): void => {
    if (seen.frames++ === 0) seen.firstUs = sensorUs;
    if (seen.lockedAfterS !== undefined && seen.sinceLocked++ >= SETTLING) phases.add(sensorUs);
  };
  const hearing = { onReport };
  const process = new SteeredProcess(
    { program, args, configFile, steerer, port, clock, graceS: GRACE_S, hearing },
    voice,
  );
  const look = (): void => {
    if (seen.lockedAfterS !== undefined || process.state.state !== 'locked') return;
    const now = clock.boot();
    seen.lockedAfterS = (now - seen.firstUs) / 1e6;
    // A recording's encoder is load, too.
    steerer.begin(Math.round((now - grid.at(0)) / grid.periodUs) + TOLD_AHEAD_FRAMES);
  };
  const looking = setInterval(look, LOOK_MS);
  let timer: NodeJS.Timeout | undefined;
  const time = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  const end = await Promise.race([process.ended, time]);
  clearInterval(looking);
  clearTimeout(timer);
  const { channel, reason, learned } = steerer;
  if (end !== undefined) {
    throw new FailureError(end.error === undefined ? voice.endText(end.code, end.signal) : `rpicam-vid ${end.error}`);
  }
  process.stop();
  await process.ended;
  const limitRmsUs = (learned?.lineUs ?? run.camera.lineUs) / Math.sqrt(12);
  const { frames, lockedAfterS } = seen;
  return { frames, channel, reason, learned, lockedAfterS, phases: phases.summary, limitRmsUs };
}
