import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const CLI = resolve('dist/cli.js');

/** What a command printed and how it ended. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A genlock command at work. Its sync messages stay on the loopback. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Outcome>;
  /** Resolves when stderr holds the text; rejects when the command ends without. */
  says(text: string | RegExp): Promise<void>;
}

export function start(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  command = [process.execPath, CLI],
  stdin: 'ignore' | 'pipe' = 'ignore',
): Running {
  const [program = '', ...first] = command;
  const child = spawn(program, [...first, ...args], {
    stdio: [stdin, 'pipe', 'pipe'],
    env: { ...process.env, GENLOCK_INTERFACE: 'lo', ...env },
  });
  const output = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<Outcome>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, ...output }));
  });
  const says = (text: string | RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (typeof text === 'string' ? output.stderr.includes(text) : text.test(output.stderr)) {
          listeners.delete(check);
          resolve();
        }
      };
      listeners.add(check);
      void ended.then(() => reject(new Error(`ended without "${text}": ${output.stderr}${output.stdout}`)));
      check();
    });
  return { child, ended, says };
}

/** Runs a command to its end. */
export const genlock = (args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Outcome> => start(args, env).ended;

/** Pictures that cost little, for tests that are not about pictures; a pixel clock in them can be read. */
export const SMALL = ['--width', '160', '--height', '120'];

/**
 * What a busy machine leaves out is told of and filled: where that is not what is asked, it is not what a test fails
 * for.
 */
export const LENIENT = ['--max-repeats', '50'];

/** A countdown in which cameras hear two messages: enough where nothing is asked of how near they come. */
export const SOON = ['--ready-frames', '45'];

/** What a command says of a take whose frames are all in sync that were captured, of so many. */
export const lockedInAll = (frames: number): RegExp => new RegExp(`LOCKED: .* in all (\\d+ of )?${frames} frames`);

/** Ports for takes that run beside others on the loopback; each call gives another, in whichever test file. */
const WORKER = Number(process.env.VITEST_WORKER_ID ?? 0);
let port = 20_000 + (WORKER % 400) * 100;
export const freshPort = (): string => String(port++);

/** A folder that is gone when the test is over. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'genlock-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A copy of a file beside it: verify compares no file with itself. */
export function twin(file: string): string {
  const copy = file.replace(/(\.\w+)$/, '.twin$1');
  copyFileSync(file, copy);
  return copy;
}

/** Ids of the processes whose command line holds this text. */
export function processesNaming(text: string): number[] {
  if (process.platform !== 'linux') {
    const lines = execFileSync('ps', ['-axww', '-o', 'pid=,command='], { encoding: 'utf8' }).split('\n');
    return lines.filter((line) => line.includes(text)).map((line) => Number.parseInt(line, 10));
  }
  const commandOf = (pid: string): string => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    } catch {
      return ''; // it has ended meanwhile
    }
  };
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.filter((pid) => Number(pid) !== process.pid && commandOf(pid).includes(text)).map(Number);
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
