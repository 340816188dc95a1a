import { type ChildProcess, fork } from 'node:child_process';
import { join, resolve } from 'node:path';
import { howEnded } from '../../host/how-ended.ts';
import type { TakeSound } from '../../record/take.ts';
import type { NamedMicrophone } from '../plan/microphones.ts';
import type { FromSound, SoundSnapshot, ToSound } from '../sound/ipc.ts';
import { programPath } from './forked-camera.ts';

/** A process that was told to finish and has not ended after this long is killed, in ms. */
const KILL_MS = 10_000;

/** How a sound's process ended. */
export type SoundEnd = { readonly ok: true } | { readonly ok: false; readonly error: string; readonly usage: boolean };

/**
 * One microphone in a process of its own: whatever becomes of it, the cameras go on. It is in a process group of its
 * own, as cameras are.
 */
export class SoundProcess {
  readonly name: string;
  readonly file: string;
  /** Resolves once its microphone is open, or it has ended. */
  readonly opened: Promise<void>;
  readonly ended: Promise<SoundEnd>;
  end: SoundEnd | undefined;
  snapshot: SoundSnapshot | undefined;
  private readonly spec: string;
  private readonly corrected: boolean;
  private readonly child: ChildProcess;
  private format: { readonly rate: number; readonly channels: number } | undefined;
  private startUs: number | undefined;
  private done = false;
  private failure: { readonly message: string; readonly usage: boolean } | undefined;

  /** @param corrected Whether drift is taken out. */
  constructor({ name, spec }: NamedMicrophone, folder: string, corrected: boolean, onNews: () => void) {
    this.name = name;
    this.spec = spec;
    this.file = `${name}.wav`;
    this.corrected = corrected;
    const args = ['sound', spec, name, resolve(join(folder, this.file)), corrected ? 'corrected' : 'kept'];
    this.child = fork(programPath(), args, {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [],
    });
    let onOpened = (): void => {};
    this.opened = new Promise((done) => {
      onOpened = done;
    });
    this.child.on('message', (message: FromSound) => {
      if (message.kind === 'opened') {
        this.format = { rate: message.rate, channels: message.channels };
        onOpened();
      } else if (message.kind === 'snapshot') {
        this.snapshot = message.snapshot;
        this.startUs = message.startUs;
        onNews();
      } else if (message.kind === 'done') this.done = true;
      else this.failure = message;
    });
    this.ended = new Promise((done) => {
      const over = (end: SoundEnd): void => {
        this.end ??= end;
        onOpened();
        done(this.end);
        onNews();
      };
      this.child.on('error', (error) => over({ ok: false, error: error.message, usage: false }));
      this.child.on('close', (code, signal) => over(this.outcome(code, signal)));
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** @param lengthUs How long the pictures are, where that is set. */
  begin(frame0Us: number, lengthUs: number | undefined): void {
    this.tell({ kind: 'begin', frame0Us, lengthUs });
  }

  /** The pictures are over, so many us behind frame 0 at the latest. @returns once its file is closed. */
  async finish(lengthUs: number): Promise<SoundEnd> {
    this.tell({ kind: 'finish', lengthUs });
    const timer = setTimeout(() => this.child.kill('SIGKILL'), KILL_MS);
    try {
      return await this.ended;
    } finally {
      clearTimeout(timer);
    }
  }

  describe(): TakeSound {
    const { drift, lost, over } = this.snapshot ?? {};
    const error = over?.why ?? (this.end?.ok === false ? this.end.error : undefined);
    return {
      ...{ name: this.name, spec: this.spec, file: this.file, ...this.format },
      ...(this.startUs !== undefined && { startUs: this.startUs }),
      ...(drift && { driftPpm: round(drift.ppm), driftErrorPpm: round(drift.errorPpm) }),
      corrected: this.corrected,
      ...(lost && lost.times > 0 && { lostSamples: lost.samples, lostTimes: lost.times }),
      ...(over && { silentFromS: round(over.seconds) }),
      ...(this.end === undefined && this.pid !== undefined && { pid: this.pid }),
      ...(error !== undefined && { error }),
    };
  }

  private tell(message: ToSound): void {
    if (this.child.connected) this.child.send(message, () => {});
  }

  private outcome(code: number | null, signal: NodeJS.Signals | null): SoundEnd {
    if (this.failure !== undefined) return { ok: false, error: this.failure.message, usage: this.failure.usage };
    if (this.done) return { ok: true };
    return { ok: false, error: `its process ${howEnded(code, signal)}`, usage: false };
  }
}

const round = (value: number): number => Number(value.toFixed(3));
