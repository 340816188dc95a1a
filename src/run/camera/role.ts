import type { CameraInfo } from '../../camera/camera.ts';
import { utcOffsetMinutes } from '../../host/utc-offset.ts';
import { ChangeDecider } from '../../sync/change-decider.ts';
import type { ClientFrame } from '../../sync/client.ts';
import type { SyncSettings } from '../../sync/controller.ts';
import type { SyncController } from '../../sync/controllers/sync-controller.ts';
import { FrameCount } from '../../sync/frame-count.ts';
import type { ClientMachine, ServerMachine } from '../../sync/machine.ts';
import type { SyncAlign } from '../../sync/names.ts';
import type { RecordingChange } from '../../sync/recording-change.ts';
import type { TimelineStart } from '../../time/timecode.ts';
import type { BootUs } from '../../time/units.ts';
import { inLocalTime } from '../local-time.ts';
import type { CameraState, SyncMode } from './snapshot.ts';

/** What one frame means to the camera that made it, whatever part it plays. */
export interface RoleFrame extends Omit<ClientFrame, 'state' | 'start'> {
  readonly state: CameraState;
  /** When frame 0 is, as the server decided or announces it; undefined where nobody says. */
  readonly start?: TimelineStart | undefined;
  /** The datagram to send, where one is due. */
  readonly send: Uint8Array | undefined;
}

/** The part that a camera plays: alone, as server or as client. */
export interface Role {
  frame(wallUs: number, bootUs: BootUs, durationUs?: number): RoleFrame;
  receive(bytes: Uint8Array, from: string, nowUs: number, bootUs?: number): void;
  /** Fixes the beginning of the recording, on a server that left it open. */
  begin(): void;
  /**
   * Asks for a change of the recording, before the first frame too (then it is of frame 0). It comes out of the next
   * `frame` as well; alone it takes effect with that frame, on a server far enough ahead for its clients to hear of it.
   * @returns the change; undefined where it changes nothing, and on a client, which follows its server.
   */
  change(kind: RecordingChange['kind']): RecordingChange | undefined;
  readonly messages: number;
  readonly refused: ReadonlyMap<string, number>;
}

export interface RoleOptions {
  readonly mode: SyncMode;
  readonly controller: SyncController;
  readonly settings: SyncSettings;
  /** True on a server whose recording begins when it is told to. */
  readonly open: boolean;
  readonly align: SyncAlign;
  /** Names this run of a server: 16 hex digits. */
  readonly sessionId: string;
  /** True where clients take nothing but this session: then every message says it. */
  readonly pinned?: boolean;
  /** Names this run of the server's host, in a take of several: 16 hex digits. */
  readonly hostId?: string | undefined;
  /** True where clients hear of the beginning by a channel beside the messages. */
  readonly channel?: boolean;
}

const NONE: ReadonlyMap<string, number> = new Map();

/** Makes a camera's part. */
export function openRole(options: RoleOptions, camera: CameraInfo, exposure: { us?: number; gain?: number }): Role {
  const { mode, controller, settings, align, open, sessionId, pinned = false, channel = false } = options;
  const { hostId } = options;
  if (mode === 'off') return aloneRole(settings.frameDurationUs);
  const steering = camera.steering.kind === 'steered' ? camera.steering : undefined;
  const controlled = { steering, exposureUs: exposure.us, gain: exposure.gain };
  if (mode === 'client') return clientRole(controller.client({ camera: controlled, settings, align }));
  const utcOffset = utcOffsetMinutes;
  return serverRole(
    controller.server({ camera: controlled, settings, sessionId, hostId, open, pinned, channel, utcOffset }),
  );
}

function clientRole(client: ClientMachine): Role {
  return {
    frame(wallUs, bootUs, durationUs) {
      const { start, ...frame } = client.frame(wallUs, bootUs, durationUs);
      return { ...frame, start: start && inLocalTime(start), send: undefined };
    },
    receive: (bytes, from, nowUs, bootUs) => void client.receive(bytes, from, nowUs, bootUs),
    begin: () => {},
    change: () => undefined,
    get messages() {
      return client.guard.accepted;
    },
    get refused() {
      return client.guard.refused;
    },
  };
}

function serverRole(server: ServerMachine): Role {
  let sent = 0;
  return {
    frame(wallUs, bootUs) {
      const frame = server.frame(wallUs, bootUs);
      if (frame.send) sent++;
      return {
        ...frame,
        // As long as the beginning is open, no frame has an index.
        index: server.fixed ? frame.index : undefined,
        phaseUs: 0,
        correctionUs: 0,
        state: frame.ready ? 'recording' : 'counting',
        notices: [],
      };
    },
    receive: () => {},
    begin: () => server.begin(),
    change: (kind) => server.change(kind),
    get messages() {
      return sent;
    },
    refused: NONE,
  };
}

function aloneRole(frameUs: number): Role {
  const count = new FrameCount(frameUs);
  const changes = new ChangeDecider({ ahead: 1 });
  let index: number | undefined;
  return {
    frame(_, bootUs) {
      index = (index ?? 0) + count.advance(bootUs);
      return {
        index,
        phaseUs: undefined,
        ready: true,
        timerUs: undefined,
        correctionUs: 0,
        state: 'recording',
        send: undefined,
        notices: [],
        changes: changes.take(),
      };
    },
    receive: () => {},
    begin: () => {},
    change: (kind) => changes.ask(kind, index),
    messages: 0,
    refused: NONE,
  };
}
