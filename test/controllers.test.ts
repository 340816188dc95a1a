import { describe, expect, it } from 'vitest';
import { runScenario } from '../src/sim/run-scenario.ts';
import { FRAME_US, variant } from '../src/sim/scenarios/scenario.ts';
import { SyncClient } from '../src/sync/client.ts';
import { SYNC_DEFAULTS } from '../src/sync/controller.ts';
import { CONTROLLER_NAMES, CONTROLLERS } from '../src/sync/controllers/index.ts';
import { stock } from '../src/sync/controllers/stock.ts';
import type { ServerSetup, SyncController } from '../src/sync/controllers/sync-controller.ts';
import type { SteeredCamera } from '../src/sync/steered-camera.ts';
import { bootUs } from '../src/time/units.ts';
import { decodeMessage } from '../src/wire/message.ts';

const EPOCH_US = 1.7e15;
const SESSION = '0123456789abcdef';
const settings = { ...SYNC_DEFAULTS, frameDurationUs: FRAME_US };
const steering: SteeredCamera = {
  ...{ lineUs: 18.9, controlDelayFrames: 2, shortestFrameUs: 24_000, longestFrameUs: 1e6, frameUs: FRAME_US },
};
const setup: ServerSetup = {
  ...{ camera: { steering }, settings, sessionId: SESSION, open: false, pinned: false },
};

/** A controller's own client behind its own server, in a world where nothing happens, for a minute and a half. */
const quiet = (controller: SyncController) =>
  runScenario(
    {
      ...{ name: 'quiet', about: '', limits: '' },
      variants: [
        variant({ ours: { server: controller, client: controller }, stock: undefined, untilUs: 90e6, musts: [] }),
      ],
    },
    { seed: 1 },
  ).clients[0]?.ours ?? expect.fail('did not run');

describe.each([...CONTROLLERS])('the controller $name', (controller: SyncController) => {
  it('has a name that an option takes', () => {
    expect(controller.name).toMatch(/^[a-z][a-z-]*$/);
    expect(CONTROLLER_NAMES.filter((name) => name === controller.name)).toHaveLength(1);
  });

  it('records frame N as frame N from the first on, and stays within 200 us', () => {
    const { firstIndex, slotsWrong, rmsUs } = quiet(controller);
    expect({ firstIndex, slotsWrong }).toEqual({ firstIndex: 0, slotsWrong: 0 });
    expect(rmsUs).toBeLessThan(200);
  });

  it('leaves the beginning open where it is asked to, and fixes it once it is told', () => {
    const server = controller.server({ ...setup, open: true });
    const frame = (i: number) => server.frame(EPOCH_US + i * FRAME_US, bootUs(i * FRAME_US));
    for (let i = 0; i < 300; i++) expect(frame(i).ready).toBe(false);
    expect(server.fixed).toBe(false);
    server.begin();
    expect(server.fixed).toBe(true);
    const ready = Array.from({ length: 300 }, (_, i) => frame(300 + i)).findIndex((each) => each.ready);
    expect(ready).toBeGreaterThan(3);
  });

  it('says its session in every message where clients take that one alone', () => {
    const server = controller.server({ ...setup, pinned: true });
    const sent = Array.from({ length: 200 }, (_, i) => server.frame(EPOCH_US + i * FRAME_US, bootUs(i * FRAME_US)).send)
      .filter((bytes) => bytes !== undefined)
      .map((bytes) => decodeMessage(bytes)?.envelope?.sessionId);
    expect(sent.length).toBeGreaterThan(4);
    expect(new Set(sent)).toEqual(new Set([SESSION]));
  });

  it('runs a camera that can not be steered too', () => {
    const camera = { steering: undefined };
    const server = controller.server({ ...setup, camera });
    const client = controller.client({ camera, settings, align: 'end' });
    for (let i = 0; i < 300; i++) {
      const [wallUs, us] = [EPOCH_US + i * FRAME_US, bootUs(i * FRAME_US)];
      const { send } = server.frame(wallUs, us);
      if (send !== undefined) client.receive(send, 'server', wallUs + 500, us + 500);
      const { ready, index } = client.frame(wallUs + 1000, bootUs(us + 1000));
      if (ready) expect(index).toBe(i - SYNC_DEFAULTS.readyFrame);
    }
    expect(client.guard.accepted).toBeGreaterThan(3);
  });

  it('refuses a camera without room, and takes it at the rate that it names', () => {
    const tight = { ...steering, frameUs: steering.shortestFrameUs };
    const { highestSafeFps } = controller.headroom(tight, settings) ?? expect.fail('not refused');
    expect(controller.headroom({ ...steering, frameUs: 1e6 / highestSafeFps }, settings)).toBeUndefined();
  });
});

describe("a controller of the user's own", () => {
  /** Half of the stock correction at each message. */
  const gentle: SyncController = {
    ...stock,
    name: 'gentle',
    client: ({ settings }) => {
      let [sum, count] = [0, 0];
      return new SyncClient(
        {
          name: 'gentle',
          frame(wallUs, messages) {
            const newest = messages.at(-1);
            if (newest === undefined) return { ready: false, timerUs: undefined, correctionUs: 0 };
            const frames = Math.round((wallUs - newest.wallClockUs) / newest.frameDurationUs);
            const behind = wallUs - newest.wallClockUs - frames * newest.frameDurationUs;
            sum += behind;
            count++;
            return { ready: false, timerUs: undefined, correctionUs: behind / 2 + (0.1 * sum) / count };
          },
        },
        settings.frameDurationUs,
      );
    },
  };

  it('runs in the simulator by the same door', () => {
    const { firstIndex, slotsWrong, rmsUs } = quiet(gentle);
    expect({ firstIndex, slotsWrong }).toEqual({ firstIndex: 0, slotsWrong: 0 });
    expect(rmsUs).toBeLessThan(200);
  });
});
