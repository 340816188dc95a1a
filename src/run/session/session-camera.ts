import type { CameraSnapshot } from '../camera/snapshot.ts';
import type { CameraEnd } from '../plan/camera.ts';
import { AGAIN_MS, MOST_SHORT_RUNS, SHORT_MS } from '../take/camera-chain.ts';
import type { CameraProcess } from '../take/camera-process.ts';
import { KILL_MS } from '../take/stopping.ts';

export interface SessionCameraOptions {
  readonly name: string;
  readonly spec: string;
  /** Starts the camera's process: `run` counts from 0. */
  start(run: number): CameraProcess;
  /** Whether a process that died may have a successor. */
  mayRestart(): boolean;
  /** Its process died. @param again Whether it gets another one. */
  onDied(error: string, again: boolean): void;
}

/** A camera that stays open through the takes of a session: where its process dies, another one takes its place. */
export class SessionCamera {
  readonly name: string;
  readonly spec: string;
  /** Resolves when it has no process any more, and gets none. */
  readonly ended: Promise<CameraEnd>;
  end: CameraEnd | undefined;
  /** It records in takes, and is in none itself. */
  readonly recorded = false;
  private readonly options: SessionCameraOptions;
  private current: CameraProcess;
  private run = 0;
  private leaving = false;
  private startedMs = performance.now();
  private shortRuns = 0;

  constructor(options: SessionCameraOptions) {
    this.options = options;
    this.name = options.name;
    this.spec = options.spec;
    this.current = options.start(0);
    this.ended = this.follow();
  }

  /** What its process told last; undefined as long as a new one has told nothing. */
  get snapshot(): CameraSnapshot | undefined {
    return this.current.snapshot;
  }

  get inStep(): boolean {
    return this.current.inStep;
  }

  /** True where it can begin with a take at once: it serves, or is in step with who does. */
  get ready(): boolean {
    const { snapshot, end, inStep } = this.current;
    return end === undefined && snapshot !== undefined && (snapshot.sync === 'server' || inStep);
  }

  /** Its process; where that is dead a new one. */
  get process(): CameraProcess {
    if (this.current.end !== undefined && this.end === undefined && !this.leaving) this.revive();
    return this.current;
  }

  /** Fixes the beginning of the timeline, on the server. */
  begin(): void {
    this.current.begin();
  }

  /** It is needed no more. */
  stop(): void {
    this.leaving = true;
    this.current.stop();
    const kill = setTimeout(() => this.kill(), KILL_MS);
    void this.ended.then(() => clearTimeout(kill));
  }

  kill(): void {
    this.current.kill();
  }

  private async follow(): Promise<CameraEnd> {
    for (;;) {
      const process = this.current;
      const end = await process.ended;
      this.shortRuns = performance.now() - this.startedMs < SHORT_MS ? this.shortRuns + 1 : 0;
      if (this.leaving) return this.over(end);
      const error = end.ok ? 'its process was ended from outside' : end.error;
      const again = this.shortRuns < MOST_SHORT_RUNS && this.options.mayRestart();
      if (!again) this.over(end.ok ? { ok: false, error, usage: false } : end);
      this.options.onDied(error, again);
      if (this.end !== undefined) return this.end;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      if (this.leaving) return this.over(end);
      // A take that it comes back to may have been quicker.
      if (this.current === process) this.revive();
    }
  }

  private over(end: CameraEnd): CameraEnd {
    this.end = end;
    return end;
  }

  private revive(): void {
    this.run++;
    this.startedMs = performance.now();
    this.current = this.options.start(this.run);
  }
}
