import { describe, expect, it } from 'vitest';
import type { Camera, CameraInfo, CapturedFrame } from '../src/camera/camera.ts';
import type { HostClock } from '../src/host/clock.ts';
import { HuntedCamera } from '../src/run/camera/hunted-camera.ts';
import { bootUs } from '../src/time/units.ts';

const FRAME_US = 1e6 / 30;

/** A camera whose frames come when the test says. */
class HandCamera implements Camera {
  readonly info = { model: 'hand' } as CameraInfo;
  closes = 0;
  private onFrame: (frame: CapturedFrame) => void = () => {};
  private end: () => void = () => {};
  private sequence = 0;

  run(onFrame: (frame: CapturedFrame) => void): Promise<void> {
    this.onFrame = onFrame;
    return new Promise((resolve) => {
      this.end = resolve;
    });
  }

  frame(us: number): void {
    const picture = (): never => {
      throw new Error('nobody asks');
    };
    this.onFrame({ sequence: this.sequence++, sensorUs: bootUs(us), exposureUs: undefined, gain: undefined, picture });
  }

  setFrameDuration(): void {}

  async close(): Promise<void> {
    this.closes++;
    this.end();
  }
}

function hunted() {
  const cameras = [new HandCamera()];
  const clock = { boot: () => bootUs(0) } as HostClock;
  let opened: () => void = () => {};
  const open = async (): Promise<Camera> => {
    const camera = new HandCamera();
    cameras.push(camera);
    setImmediate(() => opened());
    return camera;
  };
  const settings = { frameUs: FRAME_US, withinUs: 2_000, middleUs: 0 };
  const camera = new HuntedCamera('cam1', cameras[0] as Camera, settings, { open, clock, openedUs: bootUs(0) });
  const seen: CapturedFrame[] = [];
  const running = camera.run((frame) => seen.push(frame));
  const next = () =>
    new Promise<void>((resolve) => {
      opened = resolve;
    });
  return { camera, cameras, seen, running, next };
}

/** Frames of the camera that runs, and where they are. */
function deliver({ camera, cameras, seen }: ReturnType<typeof hunted>, phaseUs: number, count: number, until?: number) {
  for (let i = 0; i < count; i++) {
    const before = seen.length;
    cameras.at(-1)?.frame((i + 1) * FRAME_US + phaseUs);
    const frame = seen.at(-1);
    if (frame !== undefined && seen.length > before) camera.frame(frame.sensorUs, phaseUs, until);
  }
}

describe('a camera that is started again until it fits', () => {
  it('is one camera to whoever runs it: its numbers go on, and nothing of a stream that is over is seen', async () => {
    const run = hunted();
    const opened = run.next();
    deliver(run, 9_000, 6);
    // Its second frame that counted gave it up.
    expect(run.seen).toHaveLength(2);
    await opened;
    deliver(run, 300, 20);
    expect(run.seen.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 22 }, (_, i) => i));
    expect([run.camera.found, run.camera.hunting, run.camera.report.starts]).toEqual([true, false, 2]);
    await run.camera.close();
    await run.running;
    expect(run.cameras.map(({ closes }) => closes > 0)).toEqual([true, true]);
  });

  it('is left as it is where the recording begins too soon, and hunts no more', async () => {
    const run = hunted();
    deliver(run, 9_000, 20, 2e6);
    expect([run.camera.found, run.camera.hunting, run.cameras.length]).toEqual([false, false, 1]);
    await run.camera.close();
    await run.running;
  });

  it('that is closed while it is opened again leaves nothing open', async () => {
    const run = hunted();
    const opened = run.next();
    deliver(run, 9_000, 3);
    await opened;
    await run.camera.close();
    await run.running;
    expect(run.cameras.at(-1)?.closes).toBeGreaterThan(0);
  });
});
