import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { lastWords } from '../../libav/system-ffmpeg.ts';
import type { Output } from './outputs/output.ts';

/** An ffmpeg that reads from its stdin and writes into a file or, by its stdout, to an output. */
export class FfmpegChild {
  readonly stdin: Writable;
  private readonly child: ChildProcess;
  private readonly exitCode: Promise<number>;
  private stderr = '';
  private undelivered: unknown;

  constructor(command: string, arguments_: readonly string[], output?: Output) {
    // In a session of its own, so that Ctrl-C in the terminal reaches this process alone, which then ends the stream.
    const child = spawn(command, arguments_, { stdio: ['pipe', output ? 'pipe' : 'ignore', 'pipe'], detached: true });
    this.child = child;
    this.stdin = child.stdin as Writable;
    // A broken pipe shows in the write's own callback.
    this.stdin.on('error', () => {});
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-4000);
    });
    const closed = new Promise<number>((resolve) => {
      child.on('error', (error) => {
        this.stderr += `\n${error.message}`;
        resolve(-1);
      });
      child.on('close', (code) => resolve(code ?? -1));
    });
    const relayed = output && child.stdout ? this.relay(child.stdout, output) : undefined;
    this.exitCode = closed.then(async (code) => {
      await relayed;
      return code;
    });
  }

  /** What went wrong: what the output threw, else ffmpeg's last words. */
  get failure(): unknown {
    return this.undelivered ?? lastWords(this.stderr);
  }

  /** Resolves when ffmpeg has ended and all its bytes are with the output: true where both went well. */
  async ended(): Promise<boolean> {
    return (await this.exitCode) === 0 && this.undelivered === undefined;
  }

  /** Ends it without a result. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exitCode;
  }

  /** Hands on what ffmpeg writes. An output that takes no more ends it. */
  private async relay(stdout: Readable, output: Output): Promise<void> {
    try {
      for await (const bytes of stdout) await output.write(bytes);
    } catch (error) {
      this.undelivered = error;
      this.child.kill('SIGKILL');
    }
  }
}
