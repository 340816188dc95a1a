import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CameraInfo } from '../../camera/camera.ts';
import type { ClockInfo } from '../../host/clock-info.ts';
import type { TakeCamera } from '../../record/take.ts';
import { inStep } from '../../sync/locked.ts';
import {
  type Failed,
  type FromCamera,
  SUPERVISED,
  type TakeEnd,
  type TakeOrder,
  type TakeTie,
  type ToCamera,
} from '../camera/ipc.ts';
import type { CameraResult, CameraSnapshot } from '../camera/snapshot.ts';
import type { Announcement } from '../camera/take-filter.ts';
import { Watchdog } from '../camera/watchdog.ts';
import type { CameraEnd, TakeCameraEvents, TakeCameraProcess } from '../plan/camera.ts';

/** Lines of a process's stderr that are kept: its last words. */
const KEPT_LINES = 8;
/** A process says once a second that it is alive. One that says nothing for this long is stopped or hangs, in ms; */
const SILENT_MS = 6_000;
/** once it was told to end, for this long. */
const SILENT_ENDING_MS = 3_000;
/** How often that is looked after, in ms. */
const LOOK_MS = 250;

/**
 * One camera in a process of its own, running `genlock vid`. It is in a process group of its own: Ctrl-C in the
 * terminal reaches the supervisor alone, which stops all cameras at one frame; and if the supervisor is killed, the
 * camera finishes.
 */
export class CameraProcess implements TakeCameraProcess {
  readonly name: string;
  readonly spec: string;
  readonly part: TakeCameraProcess['part'];
  readonly ended: Promise<CameraEnd>;
  snapshot: CameraSnapshot | undefined;
  end: CameraEnd | undefined;
  /** What the camera is and what is known of its host's clock, once it is open. */
  private opened: { readonly info: CameraInfo; readonly clock: ClockInfo } | undefined;
  private readonly child: ChildProcess;
  private readonly lastLines: string[] = [];
  private result: CameraResult | undefined;
  private failure: Extract<FromCamera, { kind: 'failed' }> | undefined;
  private readonly watchdog = new Watchdog(LOOK_MS, performance.now());
  private silentMs: number | undefined;
  private stopped = false;
  /** It was told to leave after takes in a row, and says that it did. */
  private left = false;
  /** Takes in a row that are not over: who waits for that. */
  private readonly orders = new Map<number, (end: TakeEnd) => void>();

  /**
   * @param args of `genlock vid`.
   * @param tie what ties it to the take besides.
   */
  constructor(
    name: string,
    spec: string,
    part: TakeCameraProcess['part'],
    args: readonly string[],
    tie: TakeTie,
    events: TakeCameraEvents,
  ) {
    this.name = name;
    this.spec = spec;
    this.part = part;
    this.child = fork(programPath(), ['vid', ...args], {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
      env: { ...process.env, [SUPERVISED]: JSON.stringify(tie) },
    });
    this.child.on('message', (message: FromCamera) => this.heard(message, events));
    this.keepLastLines();
    const watch = setInterval(() => this.watch(), LOOK_MS);
    this.ended = new Promise((resolve) => {
      const over = (end: CameraEnd): void => {
        clearInterval(watch);
        this.end ??= end;
        resolve(this.end);
      };
      this.child.on('error', (error) => over({ ok: false, error: error.message, usage: false }));
      // `close` comes after the last message and the last words.
      this.child.on('close', (code, signal) => over(this.outcome(code, signal)));
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get inStep(): boolean {
    return this.snapshot !== undefined && inStep(this.snapshot);
  }

  describe(): Partial<TakeCamera> {
    const known = this.opened === undefined ? {} : describeOpened(this.opened);
    if (this.result === undefined || this.end?.ok !== true) return known;
    return { ...known, ...describeResult(this.result) };
  }

  stop(index?: number): void {
    this.stopped = true;
    this.tell(index === undefined ? { kind: 'stop' } : { kind: 'stop', index });
  }

  begin(): void {
    this.tell({ kind: 'begin' });
  }

  /** Records one of several takes in a row. @returns what came of it, also where the process dies on the way. */
  record(order: TakeOrder): Promise<TakeEnd> {
    this.tell({ kind: 'take', order });
    return new Promise((resolve) => {
      this.orders.set(order.number, resolve);
      void this.ended.then((end) => resolve({ ok: false, ...whyEnded(end) }));
    });
  }

  /** Ends that take before its frame `index`, or at once. */
  endTake(take: number, index?: number): void {
    this.tell({ kind: 'end', take, ...(index !== undefined && { index }) });
  }

  /** The take's server, or who carries on its word, sends from these ports of this host. */
  serverSends(ports: readonly number[]): void {
    this.tell({ kind: 'sending', ports });
  }

  /** The take's server decided this. */
  serverAnnounced(announcement: Announcement): void {
    this.tell({ kind: 'announced', announcement });
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  private tell(message: ToCamera): void {
    if (this.child.connected) this.child.send(message, () => {});
  }

  /**
   * A process that is stopped answers to nothing but SIGKILL. Until its first snapshot it may be busy with its start.
   */
  private watch(): void {
    const silentMs = this.watchdog.look(performance.now());
    const starting = this.snapshot === undefined;
    if (this.silentMs !== undefined || (starting && !this.stopped)) return;
    if (silentMs < (this.stopped && !starting ? SILENT_ENDING_MS : SILENT_MS)) return;
    this.silentMs = silentMs;
    this.kill();
  }

  private heard(message: FromCamera, events: TakeCameraEvents): void {
    this.watchdog.heard(performance.now());
    if (message.kind === 'snapshot') {
      this.snapshot = message.snapshot;
      events.onSnapshot(message.snapshot);
    } else if (message.kind === 'line') events.onLine(message.line);
    else if (message.kind === 'opened') this.opened = { info: message.info, clock: message.clock };
    else if (message.kind === 'sending') events.onSending?.(message.ports);
    else if (message.kind === 'announced') events.onAnnounced?.(message.announcement);
    else if (message.kind === 'left') this.left = true;
    else if (message.kind === 'recorded') {
      this.orders.get(message.take)?.(message.end);
      this.orders.delete(message.take);
    } else if (message.kind === 'done') {
      this.result = message.result;
      const { frames, drops, overload, repeated } = message.result;
      // The last one was sent while its last frames were being written, or left out.
      if (this.snapshot === undefined) return;
      this.snapshot = { ...this.snapshot, frames, drops, overload, repeated };
      events.onSnapshot(this.snapshot);
    } else if (message.kind === 'failed') this.failure = message;
  }

  private outcome(code: number | null, signal: NodeJS.Signals | null): CameraEnd {
    if (this.left && code === 0) return { ok: true, frames: 0, interrupted: false };
    if (this.result !== undefined && code === 0) {
      const { frames, interrupted } = this.result;
      return { ok: true, frames, interrupted };
    }
    if (this.failure !== undefined) {
      const { message, usage, fault } = this.failure;
      return { ok: false, error: message, usage, ...(fault && { fault }) };
    }
    if (this.silentMs !== undefined) {
      const seconds = (this.silentMs / 1000).toFixed(0);
      return {
        ok: false,
        error: `said nothing for ${seconds} s (stopped, or hanging): its process was ended`,
        usage: false,
      };
    }
    const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
    const words = this.lastLines.length > 0 ? `; its last words: ${this.lastLines.join(' / ')}` : '';
    return { ok: false, error: `its process ${how}${words}`, usage: false };
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

/** What a camera's process tells of its part in a take when that is over. */
export function describeResult(result: CameraResult): Partial<TakeCamera> {
  const { info: _, clock: __, files: ___, ...counts } = result;
  return { ...counts, encoder: counts.encoder ?? 'none' };
}

/** Why a process recorded no take to its end. */
function whyEnded(end: CameraEnd): Failed {
  if (end.ok) return { message: 'its process was ended from outside', usage: false };
  const { error, usage, fault } = end;
  return { message: error, usage, ...(fault && { fault }) };
}

/** What is known of a camera once it is open. */
function describeOpened({ info, clock }: { info: CameraInfo; clock: ClockInfo }): Partial<TakeCamera> {
  const { steering, rows, globalShutter, readout, exposureUs, gain } = info;
  return {
    model: info.model,
    mode: info.mode,
    ...(rows !== undefined && { rows }),
    ...(globalShutter !== undefined && { globalShutter }),
    ...(readout !== undefined && { readout }),
    ...(exposureUs !== undefined && { exposureUs }),
    ...(gain !== undefined && { gain }),
    steered: steering.kind === 'steered',
    ...(steering.kind === 'steered' ? { lineUs: steering.lineUs } : { whyNotSteered: steering.reason }),
    pixelClock: info.pixelClock,
    ...(info.panelRows !== undefined && { panelRows: info.panelRows }),
    clock,
  };
}

/** The program's file: beside this one when built, in dist/ when this runs from the sources. */
export function programPath(): string {
  const beside = fileURLToPath(new URL('./cli.js', import.meta.url));
  return existsSync(beside) ? beside : fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));
}
