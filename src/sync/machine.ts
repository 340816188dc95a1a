import type { BootUs } from '../time/units.ts';
import type { ClientFrame } from './client.ts';
import type { Refusal } from './guard.ts';
import type { RecordingChange } from './recording-change.ts';
import type { ServerFrame } from './server.ts';

/** A server as its camera sees it: a frame goes in, what to send comes out. */
export interface ServerMachine {
  /** A frame: its time on the wall clock and on the sensor's own, in us. */
  frame(wallUs: number, bootUs: BootUs): ServerFrame;
  /** True once it is fixed when the recording begins: from its first frame on, unless that was left open. */
  readonly fixed: boolean;
  /** Fixes it, far enough ahead for everybody to be told; nothing where it is fixed already. */
  begin(): void;
  /**
   * Asks for a change of the recording: at a frame that is far enough ahead for everybody to be told. It comes out of
   * the next `frame` too.
   * @returns what will happen; undefined where it changes nothing. As long as the beginning is open, index 0 stands for
   *   it.
   */
  change(kind: RecordingChange['kind']): RecordingChange | undefined;
}

/** A client as its camera sees it: datagrams and frames go in, how long coming frames shall be comes out. */
export interface ClientMachine {
  /** What it lets in: counts, and the server that it follows. */
  readonly guard: {
    readonly accepted: number;
    readonly refused: ReadonlyMap<Refusal, number>;
    readonly server: string | undefined;
  };
  /**
   * A datagram came in from `from` at `nowUs` of this host's wall clock and `bootUs` of its boot clock, which tells a
   * step of the wall clock from a message that is late. @returns why it was not taken, if it was not.
   */
  receive(bytes: Uint8Array, from: string, nowUs: number, bootUs?: number): Refusal | undefined;
  /**
   * A frame: its time on the wall clock and on the sensor's own, and how long the camera says it lasts (by its nominal
   * crystal), in us, where it says so.
   */
  frame(wallUs: number, bootUs: BootUs, durationUs?: number): ClientFrame;
}
