import type { FromCamera, ToCamera } from './ipc.ts';

/** How a camera's process ended. */
export interface CameraExit {
  /** It ended by itself, with exit code 0. */
  readonly clean: boolean;
  /** What is to be said of it in a line, where the camera told nothing itself: `its process was ended by SIGKILL`. */
  readonly words: string;
  /** It is not reached any more, and may go on where it is. */
  readonly lost?: boolean;
}

/** The process of a camera with its channel, wherever it runs. */
export interface CameraLink {
  /** The process's id, where it is one of this machine. */
  readonly pid: number | undefined;
  /** What it tells, in order. Called before anything else is done with it. */
  onMessage(listener: (message: FromCamera) => void): void;
  /** Its end, once, behind its last message. Called before anything else is done with it. */
  onExit(listener: (exit: CameraExit) => void): void;
  /** Tells it something; without effect once it is gone. */
  send(message: ToCamera): void;
  /** Ends it at once. */
  kill(): void;
}
