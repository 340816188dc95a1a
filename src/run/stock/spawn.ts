import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

/**
 * Runs a program in a process group of its own, with a watcher beside it in the same group: a stock camera knows
 * nothing of the one that started it, and would wait for a server, or record, for ever after that is gone.
 *
 * The watcher reads from a pipe that only we hold. `done` sends it away, a number is the second since 1970 by which the
 * program is to be ended; the end of the pipe means that we died: then it has the program finish, by SIGINT, at that
 * time, or after the grace time where none was told. The program takes the shell's process over, so
 * its id is the group's, and can't be given to another as long as the watcher lives.
 */
const SCRIPT = `
grace=$1; shift; end=
( while read -r word <&3; do
    [ "$word" = done ] && exit
    end=$word
  done
  [ -n "$end" ] && grace=$((end - $(date +%s)))
  [ "$grace" -gt 0 ] && sleep "$grace"
  kill -INT $$ ) >/dev/null 2>&1 &
exec 3<&- "$@"
`;

export interface Watched {
  readonly child: ChildProcess;
  /** SIGINT: a stock program finishes its files. */
  interrupt(): void;
  /** Where we die, it is to end at this time of the wall clock, in us since 1970. */
  endBy(wallUs: number): void;
  /** Ends the program and its watcher at once. */
  kill(): void;
}

/**
 * @param graceS how long the program goes on after this process has died, in s.
 * @param env of the program.
 */
export function spawnWatched(
  program: string,
  args: readonly string[],
  graceS: number,
  env: NodeJS.ProcessEnv = process.env,
): Watched {
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'sh', String(Math.ceil(graceS)), program, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env,
  });
  const leash = child.stdio[3] as Writable;
  // The watcher may be gone before it is told to go.
  leash.on('error', () => {});
  child.once('exit', () => leash.end('done\n'));
  const signal = (id: number | undefined, name: NodeJS.Signals): void => {
    if (id === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      process.kill(id, name);
    } catch {
      // It has ended meanwhile.
    }
  };
  return {
    child,
    interrupt: () => signal(child.pid, 'SIGINT'),
    endBy: (wallUs) => void (leash.writable && leash.write(`${Math.ceil(wallUs / 1e6)}\n`)),
    kill: () => signal(child.pid && -child.pid, 'SIGKILL'),
  };
}
