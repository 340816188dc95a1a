import { openClock } from '../host/clock.ts';
import { CameraRun, type CameraRunOptions } from '../run/camera/camera-run.ts';
import type { StandIn } from '../run/camera/stand-in.ts';
import { StandInFiles } from '../run/camera/stand-in-files.ts';
import { StandInVoice } from './stand-in-voice.ts';

/** How long stock records, by the command line: until `frames`, or for a time. */
export interface StandInLength {
  /** 0 where the time counts. */
  readonly frames: number;
  /** In us; 0 is without end. */
  readonly timeoutUs: number;
}

/**
 * Records one camera as stock rpicam-vid does: its algorithm, its words, only the frames that were captured, and an end by its own clock.
 * @returns the exit code.
 */
export async function recordAsStock(asked: CameraRunOptions, length: StandInLength, standIn: StandIn): Promise<number> {
  const clock = openClock();
  const voice = new StandInVoice(clock, asked);
  const run = new CameraRun(asStock(asked, length, standIn, voice), clock, {
    onOpened: () => voice.opened(),
    onSnapshot: (snapshot) => voice.snapshot(snapshot),
    onLine: () => {},
  });
  const stop = (): void => run.stop();
  process.once('SIGINT', stop);
  for (const name of ['SIGUSR1', 'SIGUSR2'] as const) process.on(name, () => voice.received(name));
  try {
    await run.run();
    return 0;
  } finally {
    process.off('SIGINT', stop);
  }
}

function asStock(
  options: CameraRunOptions,
  { frames, timeoutUs }: StandInLength,
  standIn: StandIn,
  voice: StandInVoice,
): CameraRunOptions {
  const { spec } = options.camera;
  const drop = standIn.drop === 0 ? '' : `${spec.includes('?') ? '&' : '?'}drop=${standIn.drop}`;
  // Behind a wait for the synchronisation point stock records one frame less than asked for.
  const count = frames === 0 ? undefined : frames - (options.sync === 'off' ? 0 : 1);
  const durationUs = frames > 0 || timeoutUs === 0 ? undefined : timeoutUs;
  return {
    ...options,
    camera: { ...options.camera, spec: `${spec}${drop}` },
    controller: 'stock',
    openReady: false,
    frames: undefined,
    files: { ...options.files, metadataBrackets: options.files.metadata === '-' ? 'closing' : 'both' },
    wrapFiles: (files, end) => {
      const over = (): void => {
        if (durationUs !== undefined) voice.halting(durationUs);
        end();
      };
      return new StandInFiles(files, standIn, { durationUs, frames: count, end: over, onStall: () => voice.stalled() });
    },
  };
}
