import { runProgram } from '../../src/cli/program.ts';

/** What a command printed, and its exit code. */
export interface Answer {
  readonly code: number | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command of the sources in this process, with all that it prints caught: for what ends before any camera,
 * socket or signal is touched, as what is refused or only computed does. A process of its own takes a hundred times as
 * long.
 */
export function inProcess(args: readonly string[]): Promise<Answer> {
  // Tests that run beside each other in one process take turns: what is printed is the process's.
  const answer = turn.then(() => run(args));
  turn = answer.catch(() => {});
  return answer;
}

let turn: Promise<unknown> = Promise.resolve();

async function run(args: readonly string[]): Promise<Answer> {
  const printed = { stdout: '', stderr: '' };
  const writes = (['stdout', 'stderr'] as const).map((name) => {
    const stream = process[name];
    const { write } = stream;
    stream.write = (chunk: string | Uint8Array): boolean => {
      printed[name] += chunk;
      return true;
    };
    return () => {
      stream.write = write;
    };
  });
  const before = process.exitCode;
  process.exitCode = undefined;
  try {
    const code = await runProgram(args);
    return { code: code ?? (process.exitCode as number | undefined), ...printed };
  } finally {
    process.exitCode = before;
    for (const putBack of writes) putBack();
  }
}
