import type { HeldPort } from '../../host/free-port.ts';
import type { Steerer } from '../../sync/steering/steerer.ts';
import type { SteeredState } from '../../sync/steering/way.ts';
import type { Clock } from '../../time/clock.ts';
import { SteeringShell } from '../steering/shell.ts';
import { stockEnvironment } from '../stock/environment.ts';
import { DEBUG_LINE } from '../stock/process-steering.ts';
import { spawnWatched, type Watched } from '../stock/spawn.ts';

/** A process that was interrupted and has not ended after this long is killed, in ms. */
const FINISH_MS = 10_000;

export interface SteeredProcessOptions {
  /** Path of `rpicam-vid`. */
  readonly program: string;
  readonly args: readonly string[];
  readonly steerer: Steerer;
  /** The port that it listens on, alone; it is let go of when the process begins to listen. */
  readonly port: HeldPort;
  readonly clock: Clock;
  /** How long it goes on after this process has died, in s. */
  readonly graceS: number;
}

/** How a process ended. */
export interface SteeredEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not be started. */
  readonly error?: string;
}

/** A stock camera's process, outside of a take: it is heard by its log, and told by messages to its own port. */
export class SteeredProcess {
  readonly ended: Promise<SteeredEnd>;
  private readonly process: Watched;
  private readonly shell: SteeringShell;
  private killing: NodeJS.Timeout | undefined;

  /** @param onLine hears what it says beside what is for the steerer, of either stream, without its end. */
  constructor(options: SteeredProcessOptions, onLine: (line: string) => void, toStdout = false) {
    const { program, args, steerer, port, clock, graceS } = options;
    void port.close();
    this.process = spawnWatched(program, args, graceS, stockEnvironment(true));
    this.shell = new SteeringShell(steerer, port.port, clock);
    const { child } = this.process;
    if (toStdout) child.stdout?.pipe(process.stdout, { end: false });
    else eachLine(child.stdout, onLine);
    eachLine(child.stderr, (line) => {
      if (DEBUG_LINE.test(line)) this.shell.hear(line);
      else onLine(line);
    });
    this.ended = new Promise((resolve) => {
      const over = (end: SteeredEnd): void => {
        clearTimeout(this.killing);
        this.shell.close();
        resolve(end);
      };
      child.on('error', ({ message }) => over({ code: null, signal: null, error: message }));
      child.on('close', (code, signal) => over({ code, signal }));
    });
  }

  /** What is known of the frame that the camera makes now. */
  get state(): SteeredState {
    return this.shell.state;
  }

  /** It is seen to run: from now on it is expected to be heard. */
  running(): void {
    this.shell.running();
  }

  /** It finishes its files, and ends. */
  stop(): void {
    this.process.interrupt();
    this.killing ??= setTimeout(() => this.process.kill(), FINISH_MS);
  }

  /** It gets a signal of its own. */
  signal(name: NodeJS.Signals): void {
    this.process.child.kill(name);
  }
}

function eachLine(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  let rest = '';
  stream?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  stream?.on('end', () => rest !== '' && onLine(rest));
}
