import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { RepairResult } from '../../src/run/repair/repair.ts';

/** A `genlock record` at work, and what can be done to it. */
export class Rig {
  readonly folder: string;
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  stdout = '';
  stderr = '';

  /** @param args of `record`, besides the folder. */
  constructor(folder: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.folder = folder;
    this.child = spawn(process.execPath, ['dist/cli.js', 'record', ...args, '-o', folder], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, GENLOCK_INTERFACE: 'lo', ...env },
    });
    for (const name of ['stdout', 'stderr'] as const) {
      this.child[name]?.setEncoding('utf8').on('data', (text: string) => {
        this[name] += text;
      });
    }
    this.ended = new Promise((resolve) => this.child.on('close', (code) => resolve(code)));
  }

  /** Resolves when all cameras record. @throws where it ends before. */
  async recording(): Promise<void> {
    const over = this.ended.then((code) => code ?? -1);
    while (!this.stderr.includes('recording: ')) {
      if ((await Promise.race([sleep(20), over])) !== undefined) throw new Error(`it ended early: ${this.stderr}`);
    }
  }

  /** Ids of the processes that write a file of the take; of one camera, or of all. */
  cameras(name = 'cam'): number[] {
    const text = join(basename(this.folder), name);
    const numbers = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
    return numbers.map(Number).filter((pid) => pid !== this.child.pid && commandOf(pid).includes(text));
  }

  kill(name: string): void {
    for (const pid of this.cameras(name)) signal(pid, 'SIGKILL');
  }

  killAll(): void {
    this.child.kill('SIGKILL');
    this.kill('cam');
  }

  /** Stops one camera's process for a while. */
  async freeze(name: string, ms: number): Promise<void> {
    const pids = this.cameras(name);
    for (const pid of pids) signal(pid, 'SIGSTOP');
    await sleep(ms);
    for (const pid of pids) signal(pid, 'SIGCONT');
  }

  /** Waits until no process writes the take any more. */
  async quiet(): Promise<void> {
    while (this.cameras().length > 0) await sleep(100);
  }

  repair(): RepairResult {
    const args = ['dist/cli.js', 'repair', this.folder, '--json'];
    // Exit code 1 says that a camera has no file: the answer is there all the same.
    try {
      return JSON.parse(
        execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
      );
    } catch (error) {
      return JSON.parse((error as { stdout: string }).stdout);
    }
  }
}

/** A small disk of its own, and what fills it. Takes root on Linux. */
export class SmallDisk {
  readonly path: string;

  constructor(path: string, megabytes: number) {
    this.path = path;
    mkdirSync(path, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path]);
  }

  /** Takes all the room that is left. */
  fill(): void {
    try {
      for (let i = 0; ; i++) writeFileSync(join(this.path, `filler-${i}`), Buffer.alloc(256 << 10));
    } catch {
      // It is full.
    }
  }

  /** Gives back what `fill` took. */
  free(): void {
    for (const name of readdirSync(this.path)) if (name.startsWith('filler-')) rmSync(join(this.path, name));
  }

  remove(): void {
    execFileSync('umount', ['-l', this.path]);
  }
}

/** Resident memory of a process, MB; undefined where it is gone. */
export function residentMb(pid: number | undefined): number | undefined {
  try {
    const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kb === undefined ? undefined : Number(kb) / 1024;
  } catch {
    return undefined;
  }
}

export const sleep = (ms: number): Promise<undefined> => new Promise((resolve) => setTimeout(resolve, ms, undefined));

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Sends a signal to a process that may have ended. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}
