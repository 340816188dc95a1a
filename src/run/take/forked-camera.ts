import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { howEnded } from '../../host/how-ended.ts';
import type { CameraExit, CameraLink } from '../camera/camera-link.ts';
import { type FromCamera, SUPERVISED, type TakeTie, type ToCamera } from '../camera/ipc.ts';
import { Watchdog } from '../camera/watchdog.ts';

/** Lines of a process's stderr that are kept: its last words. */
const KEPT_LINES = 8;
/** A process says once a second that it is alive. One that says nothing for this long is stopped or hangs, in ms; */
const SILENT_MS = 6_000;
/** once it was told to end, for this long. */
const SILENT_ENDING_MS = 3_000;
/** How often that is looked after, in ms. */
const LOOK_MS = 250;

/**
 * A process of this machine that runs `genlock vid` for one camera. It is in a process group of its own: Ctrl-C in the
 * terminal reaches the supervisor alone, which stops all cameras at one frame; and if the supervisor is killed, the
 * camera finishes. One that says nothing any more is killed.
 */
export class ForkedCamera implements CameraLink {
  private readonly child: ChildProcess;
  private readonly lastLines: string[] = [];
  private readonly watchdog = new Watchdog(LOOK_MS, performance.now());
  private silentMs: number | undefined;
  private running = false;
  private stopped = false;
  private released = false;

  /**
   * @param args of `genlock vid`.
   * @param tie what ties it to the take besides.
   */
  constructor(args: readonly string[], tie: TakeTie) {
    this.child = fork(programPath(), ['vid', ...args], {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
      env: { ...process.env, [SUPERVISED]: JSON.stringify(tie) },
    });
    this.keepLastLines();
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  onMessage(listener: (message: FromCamera) => void): void {
    this.child.on('message', (message: FromCamera) => {
      this.watchdog.heard(performance.now());
      if (message.kind === 'snapshot') this.running = true;
      listener(message);
    });
  }

  onExit(listener: (exit: CameraExit) => void): void {
    const watch = setInterval(() => this.watch(), LOOK_MS).unref();
    let over = false;
    const end = (exit: CameraExit): void => {
      clearInterval(watch);
      if (over) return;
      over = true;
      listener(exit);
    };
    this.child.on('error', (error) => end({ clean: false, words: error.message }));
    // `close` comes after the last message and the last words.
    this.child.on('close', (code, signal) => end(this.exit(code, signal)));
    // Where its channel was closed here, no `close` comes.
    this.child.on('exit', (code, signal) => this.released && end(this.exit(code, signal)));
  }

  send(message: ToCamera): void {
    if (message.kind === 'stop') this.stopped = true;
    if (this.child.connected) this.child.send(message, () => {});
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  /**
   * Has it go on to the end that was agreed, as if this process were gone: nothing more is told or heard, and this
   * process may end.
   */
  release(): void {
    this.released = true;
    if (this.child.connected) this.child.disconnect();
    this.child.unref();
    (this.child.stderr as Socket | null)?.unref();
  }

  /**
   * A process that is stopped answers to nothing but SIGKILL. Until its first snapshot it may be busy with its start.
   */
  private watch(): void {
    const silentMs = this.watchdog.look(performance.now());
    if (this.released || this.silentMs !== undefined || !(this.running || this.stopped)) return;
    if (silentMs < (this.stopped && this.running ? SILENT_ENDING_MS : SILENT_MS)) return;
    this.silentMs = silentMs;
    this.kill();
  }

  private exit(code: number | null, signal: NodeJS.Signals | null): CameraExit {
    const clean = code === 0;
    if (this.silentMs !== undefined) {
      const seconds = (this.silentMs / 1000).toFixed(0);
      return { clean, words: `said nothing for ${seconds} s (stopped, or hanging): its process was ended` };
    }
    const words = this.lastLines.length > 0 ? `; its last words: ${this.lastLines.join(' / ')}` : '';
    return { clean, words: `its process ${howEnded(code, signal)}${words}` };
  }

  private keepLastLines(): void {
    let rest = '';
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      this.lastLines.push(...lines.filter((line) => line.trim() !== ''));
      this.lastLines.splice(0, this.lastLines.length - KEPT_LINES);
    });
  }
}

/** The program's file: beside this one when built, in dist/ when this runs from the sources. */
export function programPath(): string {
  const beside = fileURLToPath(new URL('./cli.js', import.meta.url));
  return existsSync(beside) ? beside : fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));
}
