import type { CameraInfo } from '../../camera/camera.ts';
import type { ClockInfo } from '../../host/clock-info.ts';
import type { TakeCamera } from '../../record/take.ts';
import { inStep } from '../../sync/locked.ts';
import type { CameraExit, CameraLink } from '../camera/camera-link.ts';
import type { Failed, FromCamera, TakeEnd, TakeOrder, ToCamera } from '../camera/ipc.ts';
import type { CameraResult, CameraSnapshot } from '../camera/snapshot.ts';
import type { Announcement } from '../camera/take-filter.ts';
import type { CameraEnd, TakeCameraEvents, TakeCameraProcess } from '../plan/camera.ts';

/** One camera in a process of its own, running `genlock vid`, and what it told over its channel. */
export class CameraProcess implements TakeCameraProcess {
  readonly name: string;
  readonly spec: string;
  readonly part: TakeCameraProcess['part'];
  readonly ended: Promise<CameraEnd>;
  snapshot: CameraSnapshot | undefined;
  end: CameraEnd | undefined;
  /** What the camera is and what is known of its host's clock, once it is open. */
  private opened: { readonly info: CameraInfo; readonly clock: ClockInfo } | undefined;
  private readonly link: CameraLink;
  private result: CameraResult | undefined;
  private failure: Extract<FromCamera, { kind: 'failed' }> | undefined;
  /** The most that the clock of the server's host may have been off while it recorded, in us. */
  private clockBoundUs: number | undefined;
  /** It was told to leave after takes in a row, and says that it did. */
  private left = false;
  /** Takes in a row that are not over: who waits for that. */
  private readonly orders = new Map<number, (end: TakeEnd) => void>();

  /** @param link its process, which was just started. */
  constructor(name: string, spec: string, part: TakeCameraProcess['part'], link: CameraLink, events: TakeCameraEvents) {
    this.name = name;
    this.spec = spec;
    this.part = part;
    this.link = link;
    link.onMessage((message) => this.heard(message, events));
    this.ended = new Promise((resolve) => {
      link.onExit((exit) => {
        this.end = this.outcome(exit);
        resolve(this.end);
      });
    });
  }

  get pid(): number | undefined {
    return this.link.pid;
  }

  get inStep(): boolean {
    return this.snapshot !== undefined && inStep(this.snapshot);
  }

  describe(): Partial<TakeCamera> {
    const { clockBoundUs: boundUs } = this;
    const known = {
      ...(this.opened !== undefined && describeOpened(this.opened)),
      ...(boundUs !== undefined && { hostClock: { boundUs } }),
    };
    if (this.result === undefined || this.end?.ok !== true) return known;
    return { ...known, ...describeResult(this.result) };
  }

  stop(index?: number): void {
    this.link.send(index === undefined ? { kind: 'stop' } : { kind: 'stop', index });
  }

  begin(): void {
    this.link.send({ kind: 'begin' });
  }

  /** Records one of several takes in a row. @returns what came of it, also where the process dies on the way. */
  record(order: TakeOrder): Promise<TakeEnd> {
    this.link.send({ kind: 'take', order });
    return new Promise((resolve) => {
      this.orders.set(order.number, resolve);
      void this.ended.then((end) => resolve({ ok: false, ...whyEnded(end) }));
    });
  }

  /** Ends that take before its frame `index`, or at once. */
  endTake(take: number, index?: number): void {
    this.link.send({ kind: 'end', take, ...(index !== undefined && { index }) });
  }

  /** The take's server, or who carries on its word, sends from these ports of this host. */
  serverSends(ports: readonly number[]): void {
    this.link.send({ kind: 'sending', ports });
  }

  /** The take's server decided this. */
  serverAnnounced(announcement: Announcement): void {
    this.link.send({ kind: 'announced', announcement });
  }

  /** Tells the process what is of no concern to the take's course: keys, clocks, whom it sends to. */
  tell(message: Extract<ToCamera, { kind: 'signing' | 'hostClock' | 'peers' }>): void {
    this.link.send(message);
  }

  kill(): void {
    this.link.kill();
  }

  private heard(message: FromCamera, events: TakeCameraEvents): void {
    if (message.kind === 'snapshot') {
      const { hostClock, recording } = message.snapshot;
      if (hostClock !== undefined && recording) this.clockBoundUs = Math.max(this.clockBoundUs ?? 0, hostClock.boundUs);
      this.snapshot = message.snapshot;
      events.onSnapshot(message.snapshot);
    } else if (message.kind === 'line') events.onLine(message.line);
    else if (message.kind === 'opened') this.opened = { info: message.info, clock: message.clock };
    else if (message.kind === 'sending') events.onSending?.(message.ports);
    else if (message.kind === 'announced') events.onAnnounced?.(message.announcement);
    else if (message.kind === 'hearing') events.onHearing?.(message.port);
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

  private outcome({ clean, words, lost }: CameraExit): CameraEnd {
    if (this.left && clean) return { ok: true, frames: 0, interrupted: false };
    if (this.result !== undefined && clean) {
      const { frames, interrupted } = this.result;
      return { ok: true, frames, interrupted };
    }
    if (this.failure !== undefined) {
      const { message, usage, fault } = this.failure;
      return { ok: false, error: message, usage, ...(fault && { fault }) };
    }
    return { ok: false, error: words, usage: false, ...(lost && { lost }) };
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
