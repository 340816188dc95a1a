import { LONGEST_FRAME_US } from '../sensor/sensor.ts';
import { linesFor } from '../sensor/sensor-models.ts';
import { SyncClient } from '../sync/client.ts';
import type { SyncSettings } from '../sync/controller.ts';
import { SYNC_DEFAULTS } from '../sync/controller.ts';
import type { ClientMachine, ServerMachine } from '../sync/machine.ts';
import { SyncServer } from '../sync/server.ts';
import { StockClient } from '../sync/stock-client.ts';
import { StockServer } from '../sync/stock-server.ts';
import { type TrackedCamera, TrackingClient } from '../sync/tracking/client.ts';
import { TrackingServer } from '../sync/tracking/server.ts';
import { modeFrameUs, type SimCameraOptions } from './world.ts';

/** Which algorithm a camera runs. */
export type SimController = 'tracking' | 'stock';

/** Which algorithms run in a world. */
export interface Pairing {
  readonly server: SimController;
  readonly client: SimController;
}

/** Exposure of a simulated camera, unless said otherwise, in us. */
export const DEFAULT_EXPOSURE_US = 1000;

/** Unless said otherwise all of a world's servers are one session: one that comes back is the same. */
const SESSION = '73696d756c617465';

/** What a tracking controller must know of a simulated camera. */
export function trackedCamera({ mode, frameUs, exposureUs = DEFAULT_EXPOSURE_US }: SimCameraOptions): TrackedCamera {
  const { lineUs, marginLines, delay } = mode;
  return {
    lineUs,
    controlDelayFrames: delay.frameLength,
    shortestFrameUs: Math.max(linesFor(mode, 0) * lineUs, exposureUs + marginLines * lineUs),
    longestFrameUs: LONGEST_FRAME_US,
    frameUs: modeFrameUs(mode, frameUs),
  };
}

const settingsOf = (camera: SimCameraOptions): SyncSettings => ({
  ...SYNC_DEFAULTS,
  frameDurationUs: camera.frameUs,
});

export function serverMachine(controller: SimController, camera: SimCameraOptions, session = SESSION): ServerMachine {
  if (controller === 'stock') return new SyncServer(new StockServer(settingsOf(camera)), camera.frameUs);
  const { syncPeriod, readyFrame } = SYNC_DEFAULTS;
  return new TrackingServer({
    sessionId: session,
    frameUs: trackedCamera(camera).frameUs,
    syncPeriod,
    readyFrame,
    exposureUs: camera.exposureUs ?? DEFAULT_EXPOSURE_US,
  });
}

export function clientMachine(controller: SimController, camera: SimCameraOptions): ClientMachine {
  if (controller === 'stock') return new SyncClient(new StockClient(settingsOf(camera)), camera.frameUs);
  return new TrackingClient(trackedCamera(camera), camera.frameUs);
}
