import { LONGEST_FRAME_US } from '../sensor/sensor.ts';
import { linesFor } from '../sensor/sensor-models.ts';
import { SYNC_DEFAULTS, type SyncSettings } from '../sync/controller.ts';
import type { ControlledCamera, SyncController } from '../sync/controllers/sync-controller.ts';
import type { ClientMachine, ServerMachine } from '../sync/machine.ts';
import type { SteeredCamera } from '../sync/steered-camera.ts';
import { modeFrameUs, type SimCameraOptions } from './world.ts';

/** Which algorithms run in a world. */
export interface Pairing {
  /** What the server runs. */
  readonly server: SyncController;
  /** What the clients run. */
  readonly client: SyncController;
}

/** Exposure of a simulated camera, unless said otherwise, in us. */
const DEFAULT_EXPOSURE_US = 1000;

/** Unless said otherwise all of a world's servers are one session: one that comes back is the same. */
const SESSION = '73696d756c617465';

/** What a controller must know of a simulated camera to steer it. */
export function steeredCamera({ mode, frameUs, exposureUs = DEFAULT_EXPOSURE_US }: SimCameraOptions): SteeredCamera {
  const { lineUs, marginLines, delay } = mode;
  return {
    lineUs,
    controlDelayFrames: delay.frameLength,
    shortestFrameUs: Math.max(linesFor(mode, 0) * lineUs, exposureUs + marginLines * lineUs),
    longestFrameUs: LONGEST_FRAME_US,
    frameUs: modeFrameUs(mode, frameUs),
  };
}

const controlled = (camera: SimCameraOptions): ControlledCamera => ({
  steering: steeredCamera(camera),
  exposureUs: camera.exposureUs ?? DEFAULT_EXPOSURE_US,
});

const settingsOf = (camera: SimCameraOptions): SyncSettings => ({
  ...SYNC_DEFAULTS,
  frameDurationUs: camera.frameUs,
});

export const serverMachine = (
  controller: SyncController,
  camera: SimCameraOptions,
  sessionId = SESSION,
  hostId?: string,
): ServerMachine =>
  controller.server({
    camera: controlled(camera),
    settings: settingsOf(camera),
    sessionId,
    hostId,
    open: false,
    pinned: false,
  });

export const clientMachine = (controller: SyncController, camera: SimCameraOptions): ClientMachine =>
  controller.client({ camera: controlled(camera), settings: settingsOf(camera), align: 'end' });

/** @returns null where the camera has room to follow; else the highest rate at which it had. */
export function refusalOf(
  controller: SyncController,
  camera: SimCameraOptions,
): { readonly highestSafeFps: number } | null {
  const refused = controller.headroom(steeredCamera(camera), SYNC_DEFAULTS);
  return refused === undefined ? null : { highestSafeFps: refused.highestSafeFps };
}
