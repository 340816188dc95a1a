import type { TakeCamera } from '../../record/take.ts';
import type { TakeEnd, TakeOrder } from '../camera/ipc.ts';
import type { CameraSnapshot } from '../camera/snapshot.ts';
import type { CameraEnd, TakeCameraProcess } from '../plan/camera.ts';
import { type CameraProcess, describeResult } from '../take/camera-process.ts';

/**
 * A camera of a session as one of its takes sees it: it begins with the take's order and ends with its files, while the
 * process goes on.
 */
export class CameraInTake implements TakeCameraProcess {
  readonly part: TakeCameraProcess['part'];
  readonly ended: Promise<CameraEnd>;
  end: CameraEnd | undefined;
  private readonly process: CameraProcess;
  private readonly number: number;
  private known: CameraSnapshot | undefined;
  private recorded: TakeEnd | undefined;

  /** @param part what is ordered, relative to the take. */
  constructor(process: CameraProcess, order: TakeOrder, part: TakeCameraProcess['part']) {
    this.process = process;
    this.number = order.number;
    this.part = part;
    this.ended = process.record(order).then((end) => this.over(end));
  }

  get name(): string {
    return this.process.name;
  }

  get spec(): string {
    return this.process.spec;
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  get inStep(): boolean {
    return this.process.inStep;
  }

  /** What the process told last of this take. */
  get snapshot(): CameraSnapshot | undefined {
    const { snapshot } = this.process;
    if (this.end === undefined && snapshot?.take === this.number) this.known = snapshot;
    return this.known;
  }

  stop(index?: number): void {
    this.process.endTake(this.number, index);
  }

  /** No effect: the timeline runs already. */
  begin(): void {}

  kill(): void {
    this.process.kill();
  }

  describe(): Partial<TakeCamera> {
    const opened = this.process.describe();
    return this.recorded?.ok ? { ...opened, ...describeResult(this.recorded.result) } : opened;
  }

  private over(recorded: TakeEnd): CameraEnd {
    const { snapshot } = this;
    this.recorded = recorded;
    if (!recorded.ok) {
      const { message, usage, fault } = recorded;
      this.end = { ok: false, error: message, usage, ...(fault && { fault }) };
      return this.end;
    }
    const { frames, interrupted, drops, overload, repeated } = recorded.result;
    const last = snapshot ?? this.process.snapshot;
    // The last one was sent while its last frames were being written.
    if (last !== undefined) {
      const recording = frames > 0 || last.recording;
      this.known = { ...last, state: 'done', recording, frames, drops, overload, repeated };
    }
    this.end = { ok: true, frames, interrupted };
    return this.end;
  }
}
