import { readFileSync } from 'node:fs';

/**
 * True where a process was stopped (SIGSTOP, a debugger), so that it answers to nothing but SIGKILL. Elsewhere than on
 * Linux it is not known, and false.
 */
export function isHalted(pid: number): boolean {
  try {
    // The name before the state is in brackets, and may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return /^[Tt]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}
