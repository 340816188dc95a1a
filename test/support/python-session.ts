import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import type { Outcome } from './genlock.ts';

/** Runs each block that comes, a line of JSON each, as a script of its own: with names of its own, and its end told. */
const RUNNER = `
import json, os, sys, traceback
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
for line in sys.stdin:
    code = 0
    try:
        exec(compile(json.loads(line), "block", "exec"), {"__name__": "__main__"})
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        if code == 1: print(end.code, file=sys.stderr)
    except BaseException:
        code = 1
        traceback.print_exc()
    sys.stdout.flush()
    print(json.dumps(code), file=answers, flush=True)
`;

/**
 * A Python at work in a folder, which runs one block after the other: what they import (OpenCV, pandas) takes seconds
 * and is loaded once.
 */
export class PythonSession {
  private readonly child: ChildProcess;
  private readonly answers: Interface;
  private said = '';

  constructor(command: string, folder: string, env: NodeJS.ProcessEnv) {
    this.child = spawn(command, ['-c', RUNNER], { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.said += text;
    });
    this.answers = createInterface({ input: this.child.stdout as NodeJS.ReadableStream });
  }

  /** Runs a block to its end; what it prints is in `stderr`. */
  async run(code: string): Promise<Outcome> {
    this.said = '';
    const ended = new Promise<number | null>((resolve) => {
      this.answers.once('line', (line) => resolve(JSON.parse(line)));
      this.child.once('close', resolve);
    });
    this.child.stdin?.write(`${JSON.stringify(code)}\n`);
    return { code: await ended, signal: null, stdout: '', stderr: this.said };
  }

  close(): void {
    this.child.stdin?.end();
  }
}
