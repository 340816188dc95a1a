import type { TakeCameraProcess } from '../plan/camera.ts';

/**
 * All cameras are in step for this long before the recording begins, in ms. One that says so has been in its place for
 * its control delay already.
 */
const STEADY_MS = 400;

/** When a server that left it open is told to begin: once every client has been in step for a moment. */
export class Beginning {
  private readonly onBegin: () => void;
  private timer: NodeJS.Timeout | undefined;

  constructor(onBegin: () => void) {
    this.onBegin = onBegin;
  }

  /** Looks at all cameras of the take, the first one first. @param led all of them follow, that one too. */
  look(cameras: readonly Pick<TakeCameraProcess, 'inStep' | 'snapshot'>[], led: boolean): void {
    const clients = led ? cameras : cameras.slice(1);
    const steady = clients.every(({ inStep }) => inStep);
    if (!steady) clearTimeout(this.timer);
    if (!steady || cameras[0]?.snapshot === undefined) this.timer = undefined;
    else this.timer ??= setTimeout(this.onBegin, STEADY_MS);
  }
}
