import type { SyncSettings } from '../controller.ts';
import type { ClientMachine, ServerMachine } from '../machine.ts';
import type { SyncAlign } from '../names.ts';
import type { SteeredCamera } from '../steered-camera.ts';

/**
 * An algorithm that holds cameras together: the machine of a server, the machine of a client, and what a client needs
 * of its camera. The simulator and live cameras run the same ones.
 *
 * Machines do no I/O: an event and its time go in, what to do comes out. So whatever fails can be played again in
 * virtual time.
 */
export interface SyncController {
  /** As `record({ controller })` takes it, and `take.json` names it: a word of small letters. */
  readonly name: string;
  /** What its clients do, as the end of a sentence that begins with the name: for the help. */
  readonly about: string;
  /** The settings that a client heeds. Whoever gives another one for a client is told that it has no effect. */
  readonly clientSettings: readonly ClientSetting[];
  /** True where a client whose server falls silent goes on at the server's rate; false where it runs at its own. */
  readonly holdsOver: boolean;
  /** Makes the machine of a server, for one run of its camera. */
  server(setup: ServerSetup): ServerMachine;
  /** Makes the machine of a client, for one run of its camera. */
  client(setup: ClientSetup): ClientMachine;
  /**
   * Whether a client can shorten its frames by enough to follow any server of the same nominal rate.
   * @returns undefined where it can; else why not, and the highest rate at which it could.
   */
  headroom(camera: SteeredCamera, settings: Pick<SyncSettings, 'syncPeriod' | 'readyFrame'>): NoHeadroom | undefined;
}

/** A setting of a controller that a client may heed. */
export type ClientSetting = 'align' | 'minAdjustmentUs' | 'syncPeriod' | 'readyFrame';

/** The camera that a machine runs with. */
export interface ControlledCamera {
  /** How long its frames can be; undefined where they can't be steered, so that corrections have no effect. */
  readonly steering: SteeredCamera | undefined;
  /** Exposure of its frames, in us, and their gain; undefined where the camera chooses them. */
  readonly exposureUs?: number | undefined;
  /** Gain of its frames, a factor; undefined where the camera chooses it. */
  readonly gain?: number | undefined;
}

/** What a server's machine is made for. */
export interface ServerSetup {
  /** The camera that it runs with. */
  readonly camera: ControlledCamera;
  /** What was asked for, or the defaults. */
  readonly settings: SyncSettings;
  /** Names this run of the server: 16 hex digits. */
  readonly sessionId: string;
  /** Names this run of the server's host, where other hosts read its clock by an exchange: 16 hex digits. */
  readonly hostId?: string | undefined;
  /** True where the recording begins once `begin` is called; else it begins with frame `settings.readyFrame`. */
  readonly open: boolean;
  /** True where clients take messages of `sessionId` alone, so that every message must carry it. */
  readonly pinned: boolean;
  /**
   * True where all clients track, and hear by a channel beside the messages when the recording begins. Default false.
   */
  readonly channel?: boolean | undefined;
  /** What this host's local time is ahead of UTC at a moment of its wall clock, in minutes. Default 0. */
  readonly utcOffset?: ((wallUs: number) => number) | undefined;
}

/** What a client's machine is made for. */
export interface ClientSetup {
  /** The camera that it runs with. */
  readonly camera: ControlledCamera;
  /** What was asked for, or the defaults. */
  readonly settings: SyncSettings;
  /** What of two frames shall coincide. */
  readonly align: SyncAlign;
}

/** A camera whose frames are too close to its shortest ones. */
export interface NoHeadroom {
  /** In frames a second, rounded down to 0.1. */
  readonly highestSafeFps: number;
  /** Why, as the end of a sentence that begins with the camera. */
  readonly why: string;
}
