import { spawn } from 'node:child_process';

/** The `ffmpeg` command of the system. */
export interface SystemFfmpeg {
  readonly command: string;
  /** As it names itself, for example `5.1.9-0+deb12u1`. */
  readonly version: string;
  /** Its encoders' names. */
  readonly encoders: ReadonlySet<string>;
}

/** How a user comes by an ffmpeg that serves. */
export const HOW_TO_GET_FFMPEG = 'install it (Debian: apt install ffmpeg, macOS: brew install ffmpeg)';

const found = new Map<string, Promise<SystemFfmpeg | undefined>>();

/** Looks for a working ffmpeg, once a command. Undefined where there is none. */
export function findSystemFfmpeg(command = 'ffmpeg'): Promise<SystemFfmpeg | undefined> {
  let looking = found.get(command);
  if (!looking) {
    looking = look(command);
    found.set(command, looking);
  }
  return looking;
}

async function look(command: string): Promise<SystemFfmpeg | undefined> {
  const { code, out, err } = await runCommand(command, ['-encoders']);
  if (code !== 0) return undefined;
  const version = /^ffmpeg version (\S+)/m.exec(err)?.[1] ?? 'unknown';
  const encoders = new Set<string>();
  for (const line of out.split('\n')) {
    const name = /^ [VAS][F.][S.][X.][B.][D.] (\S+)/.exec(line)?.[1];
    if (name !== undefined) encoders.add(name);
  }
  return { command, version, encoders };
}

/**
 * True below 5.1, which brought `-fps_mode` (frames keep their own times). Builds from git have no number and are taken
 * as new.
 */
export function isTooOld(version: string): boolean {
  const number = /^n?(\d+)\.(\d+)/.exec(version);
  return number !== null && Number(number[1]) * 100 + Number(number[2]) < 501;
}

/**
 * Runs a command to its end. A command that can't be started ends with code -1.
 * @param signal Kills it when aborted. @throws the signal's reason then.
 */
export function runCommand(
  command: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, ...killedBy(signal) });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    child.on('error', (error) => {
      if (signal?.aborted) reject(signal.reason);
      else resolve({ code: -1, out, err: error.message });
    });
    child.on('close', (code) => resolve({ code: code ?? -1, out, err }));
  });
}

/** Options of a child that writes no file: it is killed at once, whatever it waits for, when the signal is aborted. */
export const killedBy = (signal: AbortSignal | undefined): { signal?: AbortSignal; killSignal: 'SIGKILL' } => ({
  ...(signal && { signal }),
  killSignal: 'SIGKILL',
});

/** The last thing ffmpeg said, in one line without its `[mp4 @ 0x...]` prefixes. */
export function lastWords(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.replace(/^\[[^\]]*\]\s*/, '').trim());
  // `Error initializing output stream 0:0 --` says less than the line before it.
  return lines.filter((line) => line !== '' && !line.endsWith('--')).at(-1) ?? 'no reason given';
}
