import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** Runs a command. @returns what it printed and its exit code, -1 where it could not run or took too long. */
export type RunText = (command: string, args: readonly string[]) => Promise<{ code: number; out: string }>;

/** Reads a file of the system. @returns undefined where it can't be read. */
export type ReadText = (path: string) => Promise<string | undefined>;

/** What the system says of itself in texts; a test hands in others. */
export interface SystemText {
  readonly run: RunText;
  readonly read: ReadText;
}

const TIMEOUT_MS = 2000;

/** Runs a command for at most two seconds, in the C locale and UTC. */
export const runText: RunText = (command, args) =>
  new Promise((resolve) => {
    const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
    execFile(command, args, { env, timeout: TIMEOUT_MS, killSignal: 'SIGKILL' }, (error, out) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, out });
    });
  });

/** The texts of this machine. */
export const systemText: SystemText = {
  run: runText,
  read: (path) => readFile(path, 'utf8').catch(() => undefined),
};
