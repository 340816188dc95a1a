import type { HeldPort } from '../../host/free-port.ts';
import { isForSteering } from '../../rpicam/steering-log.ts';
import type { Steerer } from '../../sync/steering/steerer.ts';
import type { SteeredState } from '../../sync/steering/way.ts';
import type { Clock } from '../../time/clock.ts';
import { SteeringShell, type SteeringShellOptions } from '../steering/shell.ts';
import { stockEnvironment } from '../stock/environment.ts';
import { spawnWatched, type Watched } from '../stock/spawn.ts';
import type { StockVoice } from '../stock/voice.ts';

/** A process that was interrupted and has not ended after this long is killed, in ms. */
const FINISH_MS = 10_000;

export interface SteeredProcessOptions {
  /** Path of `rpicam-vid`. */
  readonly program: string;
  readonly args: readonly string[];
  readonly configFile: string | undefined;
  readonly steerer: Steerer;
  /** The port that it listens on, alone; it is let go of when the process begins to listen. */
  readonly port: HeldPort;
  readonly clock: Clock;
  /** How long it goes on after this process has died, in s. */
  readonly graceS: number;
  /** Who else hears of its frames. */
  readonly hearing?: SteeringShellOptions | undefined;
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

  /** @param voice hears what it says beside what is for the steerer. @param toStdout its stdout is a recording's. */
  constructor(options: SteeredProcessOptions, voice: StockVoice, toStdout = false) {
    const { program, args, configFile, steerer, port, clock, graceS, hearing } = options;
    void port.close();
    this.process = spawnWatched(program, args, graceS, stockEnvironment(true, configFile));
    this.shell = new SteeringShell(steerer, port.port, clock, hearing);
    const { child } = this.process;
    if (toStdout) child.stdout?.pipe(process.stdout, { end: false });
    else voice.listen(child.stdout, () => true);
    voice.listen(child.stderr, (line) => {
      const forSteerer = isForSteering(line);
      if (forSteerer) this.shell.hear(line);
      return !forSteerer;
    });
    this.shell.listen(child.stderr);
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
