import { execFile } from 'node:child_process';

/** Runs a program to its end. @returns its exit code (undefined where it was killed after the time) and the end of its stderr. */
export function runProgram(
  program: string,
  args: readonly string[],
  timeoutMs: number,
): Promise<{ code: number | undefined; lastWords: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 1 << 24 },
      (error, _, stderr) => {
        const words = stderr.trim().split('\n').slice(-3).join(' / ');
        const timedOut = error?.killed === true ? `not done within ${timeoutMs / 1000} s` : error?.message;
        resolve({ code: child.exitCode ?? undefined, lastWords: words || (timedOut ?? '') });
      },
    );
  });
}
