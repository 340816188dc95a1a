import { stockClient, stockServer, trackingServer } from './machines.ts';
import type { SyncController } from './sync-controller.ts';

/** That of `rpicam-vid --sync`, to the last microsecond. */
export const stock = {
  name: 'stock',
  about: 'is the algorithm of rpicam-vid',
  // The period and the ready frame are the server's; a client trusts that its own are the same, to know whether it can
  // catch up.
  clientSettings: ['minAdjustmentUs', 'syncPeriod', 'readyFrame'],
  // It knows no rate of its server's: without messages it corrects nothing.
  holdsOver: false,
  // The stock server begins after a fixed count of frames, and its messages have no session.
  server: (setup) => (setup.open || setup.pinned ? trackingServer(setup) : stockServer(setup)),
  client: stockClient,
  /**
   * A client corrects one frame a message, and its phase may be off by half a frame at first. Between its first frame
   * and the ready point come `readyFrame / syncPeriod` messages: three of them ask for a sixth of a frame of headroom
   * (users of an imx477 in its 40 fps mode saw 33 fps work and 34 fail).
   */
  headroom({ controlDelayFrames, shortestFrameUs, frameUs }, { readyFrame, syncPeriod }) {
    const messages = Math.max(1, Math.floor((readyFrame - controlDelayFrames) / syncPeriod));
    const needed = shortestFrameUs / (1 - 1 / (2 * messages));
    if (frameUs >= needed) return undefined;
    const fastest = (1e6 / shortestFrameUs).toFixed(1);
    return {
      highestSafeFps: Math.floor(1e7 / needed) / 10,
      why: `is too close to its fastest (${fastest} fps): a client could not catch up`,
    };
  },
} as const satisfies SyncController;
