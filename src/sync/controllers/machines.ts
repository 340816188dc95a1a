import { SyncClient } from '../client.ts';
import { SyncServer } from '../server.ts';
import { StockClient } from '../stock-client.ts';
import { StockServer } from '../stock-server.ts';
import { TrackingClient } from '../tracking/client.ts';
import { TrackingServer } from '../tracking/server.ts';
import type { ClientSetup, ServerSetup } from './sync-controller.ts';

export function trackingServer({
  camera,
  settings,
  sessionId,
  hostId,
  open,
  channel,
  utcOffset,
}: ServerSetup): TrackingServer {
  return new TrackingServer({
    sessionId,
    hostId,
    frameUs: camera.steering?.frameUs ?? settings.frameDurationUs,
    syncPeriod: settings.syncPeriod,
    channel,
    readyFrame: open ? 'open' : settings.readyFrame,
    exposureUs: camera.exposureUs,
    gain: camera.gain,
    utcOffset,
  });
}

export const stockServer = ({ settings }: ServerSetup): SyncServer =>
  new SyncServer(new StockServer(settings), settings.frameDurationUs);

/** Undefined for a camera that can't be steered. */
export function trackingClient({ camera, settings, align }: ClientSetup): TrackingClient | undefined {
  const { steering, exposureUs } = camera;
  return steering && new TrackingClient(steering, settings.frameDurationUs, { align, exposureUs });
}

export const stockClient = ({ settings }: ClientSetup): SyncClient =>
  new SyncClient(new StockClient(settings), settings.frameDurationUs);
