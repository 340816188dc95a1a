import { execFile } from 'node:child_process';

/** A program that was interrupted and has not ended after this long is killed, in ms. */
const INTERRUPTED_MS = 2_000;

/**
 * Runs a program to its end, or until `signal` fires, which interrupts it.
 * @returns its exit code (undefined where it was killed) and the end of its stderr.
 */
export function runProgram(
  program: string,
  args: readonly string[],
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<{ code: number | undefined; lastWords: string }> {
  return new Promise((resolve) => {
    let killing: NodeJS.Timeout | undefined;
    const interrupt = (): void => {
      child.kill('SIGINT');
      killing = setTimeout(() => child.kill('SIGKILL'), INTERRUPTED_MS);
    };
    const child = execFile(
      program,
      args,
      { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 1 << 24 },
      (error, _, stderr) => {
        clearTimeout(killing);
        signal?.removeEventListener('abort', interrupt);
        const words = stderr.trim().split('\n').slice(-3).join(' / ');
        const timedOut = error?.killed === true ? `not done within ${timeoutMs / 1000} s` : error?.message;
        resolve({ code: child.exitCode ?? undefined, lastWords: words || (timedOut ?? '') });
      },
    );
    if (signal?.aborted) interrupt();
    else signal?.addEventListener('abort', interrupt, { once: true });
  });
}
