import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process beyond its number, which the system gives to others later. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in a unit of the system's; undefined where that can't be told. */
  readonly start: string | undefined;
  /** The run of the system's kernel that it belongs to; undefined where that can't be told. */
  readonly boot: string | undefined;
}

/** This process. */
export const ownIdentity = (): ProcessIdentity => ({
  pid: process.pid,
  start: startOf(process.pid)?.start,
  boot: bootId(),
});

/**
 * Whether a process is still at work: neither ended, nor another one under its number, nor of before a restart of the
 * system.
 */
export function isAlive({ pid, start, boot }: ProcessIdentity): boolean {
  const now = bootId();
  if (boot !== undefined && now !== undefined && boot !== now) return false;
  const found = startOf(pid);
  if (found === undefined) return answers(pid);
  return !found.ended && (start === undefined || found.start === start);
}

/** @returns undefined where the system doesn't show such a process. */
function startOf(pid: number): { readonly start: string; readonly ended: boolean } | undefined {
  if (process.platform === 'win32') return undefined;
  try {
    if (process.platform !== 'linux') {
      const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' });
      const start = text.replaceAll(/\W/g, '');
      return start === '' ? undefined : { start, ended: false };
    }
    // The second field is the command's name in brackets, which may hold brackets and blanks of its own.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\)\s+/s, '')
      .split(' ');
    const [state = '', start = ''] = [fields[STATE], fields[START_TIME]];
    return { start, ended: ENDED.includes(state) };
  } catch {
    return undefined;
  }
}

/** Of proc_pid_stat(5), less the two fields up to the name: the third and the 22nd. */
const STATE = 0;
const START_TIME = 19;
/** A zombie has ended, and nobody has asked for its end yet. */
const ENDED = ['Z', 'X', 'x'];

function answers(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

let known: { readonly id: string | undefined } | undefined;

function bootId(): string | undefined {
  known ??= { id: readBootId() };
  return known.id;
}

function readBootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').replaceAll(/\W/g, '').slice(0, 12);
  } catch {
    return undefined;
  }
}
