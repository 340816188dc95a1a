import { headroom } from '../tracking/headroom.ts';
import { stockClient, stockServer, trackingClient, trackingServer } from './machines.ts';
import type { SyncController } from './sync-controller.ts';

/** Our own: it learns how fast the crystals run, and plans each frame in whole lines (docs/sync.md). */
export const tracking = {
  name: 'tracking',
  about: 'learns rates and plans whole lines',
  clientSettings: ['align'],
  holdsOver: true,
  // The timestamps of a camera that can't be steered are not a sensor's: there is no crystal to learn in them.
  server: (setup) =>
    setup.camera.steering !== undefined || setup.open || setup.pinned ? trackingServer(setup) : stockServer(setup),
  client: (setup) => trackingClient(setup) ?? stockClient(setup),
  headroom(camera) {
    const refused = headroom(camera);
    const shortest = camera.shortestFrameUs.toFixed(0);
    return refused && { ...refused, why: `has no room to follow a server (its shortest frame is ${shortest} us)` };
  },
} as const satisfies SyncController;
