import { setTimeout as sleep } from 'node:timers/promises';
import type { Camera, CameraInfo, CapturedFrame } from '../../camera/camera.ts';
import { OptionError } from '../../errors.ts';
import type { HostClock } from '../../host/clock.ts';
import { type HuntReport, type HuntSettings, PhaseHunt } from '../../sync/hunting/phase-hunt.ts';
import type { BootUs } from '../../time/units.ts';

/** How near to the server's frames a device's shall be unless told otherwise, in us. */
export const PHASE_WITHIN_US = 2_000;
/** Where the recording begins so soon, in us, a camera is not started again: it might miss its beginning. */
const TOO_LATE_US = 3e6;

/** How cameras are opened and timed. */
export interface HuntedCameraMeans {
  /** Opens the camera anew. */
  readonly open: () => Promise<Camera>;
  readonly clock: HostClock;
  /** When the first one was opened. */
  readonly openedUs: BootUs;
}

/**
 * A camera whose frames can't be steered, which is started again until they lie near the server's (`PhaseHunt`). To
 * whoever runs it, it is one camera: its streams come one after the other.
 */
export class HuntedCamera implements Camera {
  private readonly means: HuntedCameraMeans;
  private readonly hunt: PhaseHunt;
  private readonly name: string;
  private camera: Camera;
  private again = false;
  private closed = false;
  private late = false;
  private readonly closing = new AbortController();
  /** Frames of the streams before this one, as their sequence counts. */
  private before = 0;
  private sequence = 0;

  constructor(name: string, camera: Camera, settings: HuntSettings, means: HuntedCameraMeans) {
    this.name = name;
    this.camera = camera;
    this.means = means;
    this.hunt = new PhaseHunt(settings);
    this.hunt.started(means.openedUs);
  }

  get info(): CameraInfo {
    return this.camera.info;
  }

  /** True as long as its frames are not where they shall be, and there is time to start it again. */
  get hunting(): boolean {
    return this.hunt.state === 'hunting' && !this.late;
  }

  get found(): boolean {
    return this.hunt.state === 'found';
  }

  get report(): HuntReport {
    return this.hunt.report;
  }

  async run(onFrame: (frame: CapturedFrame) => void): Promise<void> {
    for (;;) {
      const { camera } = this;
      await camera.run((frame) => {
        if (this.again || this.closed) return;
        this.sequence = this.before + frame.sequence;
        onFrame({ ...frame, sequence: this.sequence, picture: () => frame.picture() });
      });
      if (!this.again || this.closed) return;
      await camera.close();
      await this.startAgain();
      if (this.closed) return;
    }
  }

  /**
   * Where a frame before the recording is.
   * @param phaseUs how far it is behind the server's nearest.
   * @param untilUs until the recording begins, where that is known.
   * @throws OptionError where no start moves its frames.
   */
  frame(us: BootUs, phaseUs: number, untilUs: number | undefined): void {
    this.late = untilUs !== undefined && untilUs < TOO_LATE_US;
    if (this.again || this.late) return;
    this.again = this.hunt.frame(us, phaseUs);
    if (this.hunt.state === 'fixed') throw this.fixed();
    // Its stream ends by that; what goes wrong is heard of where it is closed once more.
    if (this.again) this.camera.close().catch(() => {});
  }

  /** No effect: it can't be steered. */
  setFrameDuration(): void {}

  async close(): Promise<void> {
    this.closed = true;
    this.closing.abort();
    await this.camera.close();
  }

  private async startAgain(): Promise<void> {
    const { clock, open } = this.means;
    const dueUs = this.hunt.startAt(clock.boot());
    const { signal } = this.closing;
    await sleep(Math.max(0, dueUs - clock.boot()) / 1000, undefined, { signal }).catch(() => {});
    if (this.closed) return;
    this.hunt.started(clock.boot());
    const camera = await open();
    this.camera = camera;
    this.before = this.sequence + 1;
    this.again = false;
    // It was closed while it opened.
    if (this.closed) await camera.close();
  }

  private fixed(): OptionError {
    const { middleUs = 0, starts } = this.hunt.report;
    const away = `${(Math.abs(middleUs) / 1000).toFixed(1)} ms ${middleUs < 0 ? 'before' : 'behind'}`;
    const text = `its frames lie ${away} the server's whenever it is started (${starts} times): that can't be chosen; with 0 they are matched as they come`;
    return new OptionError('phaseWithin', undefined, text, { of: this.name });
  }
}

/** What came of a hunt, for people. */
export function huntText({ starts, beginUs = 0, endUs = 0, driftPpm, firstUs }: HuntReport): string {
  const started = starts === 1 ? 'its frames lie well at once' : `started ${starts} times`;
  const places = `its frames are ${milliseconds(beginUs)} from the server's now, and ${milliseconds(endUs)} at the end (${driftPpm.toFixed(0)} ppm)`;
  const before = starts === 1 || firstUs === undefined ? '' : `; without, ${milliseconds(firstUs)} in the middle`;
  return `${started}: ${places}${before}`;
}

const milliseconds = (us: number): string => `${(us / 1000).toFixed(1)} ms`;
