import { type ClientNotice, SyncClient } from '../sync/client.ts';
import type { SyncSettings } from '../sync/controller.ts';
import { FrameCount } from '../sync/frame-count.ts';
import { SyncServer } from '../sync/server.ts';
import { StockClient } from '../sync/stock-client.ts';
import { StockServer } from '../sync/stock-server.ts';
import type { BootUs } from '../time/units.ts';
import type { CameraState } from './snapshot.ts';

export type SyncMode = 'off' | 'server' | 'client';

/** What one frame means to the camera that made it, whatever part it plays. */
export interface RoleFrame {
  readonly index: number | undefined;
  readonly phaseUs: number | undefined;
  readonly ready: boolean;
  readonly timerUs: number | undefined;
  /** One coming frame is to be shortened by this, in us. */
  readonly correctionUs: number;
  readonly state: CameraState;
  readonly send: Uint8Array | undefined;
  readonly notices: readonly ClientNotice[];
}

/** The part that a camera plays: alone, as server or as client. */
export interface Role {
  frame(wallUs: number, bootUs: BootUs): RoleFrame;
  receive(bytes: Uint8Array, from: string, nowUs: number): void;
  readonly messages: number;
  readonly refused: ReadonlyMap<string, number>;
}

const NONE: ReadonlyMap<string, number> = new Map();

export function openRole(mode: SyncMode, settings: SyncSettings): Role {
  if (mode === 'client') return clientRole(settings);
  if (mode === 'server') return serverRole(settings);
  return aloneRole(settings.frameDurationUs);
}

function clientRole(settings: SyncSettings): Role {
  const client = new SyncClient(new StockClient(settings), settings.frameDurationUs);
  return {
    frame: (wallUs, bootUs) => ({ ...client.frame(wallUs, bootUs), send: undefined }),
    receive: (bytes, from, nowUs) => void client.receive(bytes, from, nowUs),
    get messages() {
      return client.guard.accepted;
    },
    get refused() {
      return client.guard.refused;
    },
  };
}

function serverRole(settings: SyncSettings): Role {
  const server = new SyncServer(new StockServer(settings), settings.frameDurationUs);
  let sent = 0;
  return {
    frame(wallUs, bootUs) {
      const frame = server.frame(wallUs, bootUs);
      if (frame.send) sent++;
      return { ...frame, phaseUs: 0, correctionUs: 0, state: frame.ready ? 'recording' : 'counting', notices: [] };
    },
    receive: () => {},
    get messages() {
      return sent;
    },
    refused: NONE,
  };
}

function aloneRole(frameUs: number): Role {
  const count = new FrameCount(frameUs);
  let index = 0;
  return {
    frame(_, bootUs) {
      index += count.advance(bootUs);
      return {
        index,
        phaseUs: undefined,
        ready: true,
        timerUs: undefined,
        correctionUs: 0,
        state: 'recording',
        send: undefined,
        notices: [],
      };
    },
    receive: () => {},
    messages: 0,
    refused: NONE,
  };
}
