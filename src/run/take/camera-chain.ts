import { OVERLOADED } from '../../record/overload.ts';
import type { TakeCamera, TakePart, TakeState } from '../../record/take.ts';
import type { CameraSnapshot } from '../camera/snapshot.ts';
import type { CameraEnd, TakeCameraProcess } from '../plan/camera.ts';
import type { TakeOptions } from '../plan/options.ts';
import { StateLog } from './state-log.ts';

export type Failure = CameraEnd & { readonly ok: false };

/** Whether the failure ends the take: who wants to know of an overload by a failure wants no take with it. */
export const endsTake = ({ onOverload }: Pick<TakeOptions, 'onOverload'>, { error }: Failure): boolean =>
  onOverload === 'fail' && error.includes(OVERLOADED);

export interface CameraChainOptions {
  readonly name: string;
  readonly spec: string;
  /** Starts the camera's process: `run` counts from 0. */
  start(run: number): TakeCameraProcess;
  /** Whether the camera is to be started again after this. */
  again(failure: Failure): boolean;
  /** Told of each failure, and whether the camera is started again. */
  onFailure(failure: Failure, again: boolean): void;
}

/**
 * A camera that dies this often in a row, each time within `SHORT_MS` of its start, has something wrong with it: it
 * stays dead.
 */
export const MOST_SHORT_RUNS = 5;
export const SHORT_MS = 15_000;
/**
 * Fields that a process counts for itself. Of a camera with several processes they are left out: a process that died
 * took its counts with it, so there is no sum for the camera.
 */
const COUNTS: ReadonlySet<string> = new Set<keyof TakeCamera>([
  ...(['firstIndex', 'frames', 'captured', 'repeated', 'drops', 'overload'] as const),
  ...(['corrections', 'messages', 'refused', 'diskWaitMs'] as const),
]);
/** A moment for a device to be let go of, ms. */
export const AGAIN_MS = 300;

/** One camera of a take through all its processes: where one dies, the next one records into a further file. */
export class CameraChain implements TakeCameraProcess {
  readonly name: string;
  readonly spec: string;
  readonly ended: Promise<CameraEnd>;
  end: CameraEnd | undefined;
  readonly failures: string[] = [];
  private readonly options: CameraChainOptions;
  private readonly runs: TakeCameraProcess[] = [];
  private readonly states = new StateLog();
  private known: CameraSnapshot | undefined;
  private stopping = false;
  private startedMs = performance.now();
  private shortRuns = 0;

  constructor(options: CameraChainOptions) {
    this.options = options;
    this.name = options.name;
    this.spec = options.spec;
    this.runs.push(options.start(0));
    this.note('starting');
    this.ended = this.follow();
  }

  get inStep(): boolean {
    return this.current.inStep;
  }

  /** Of a camera that is being started again: its last one, as starting. */
  get snapshot(): CameraSnapshot | undefined {
    const { snapshot } = this.current;
    if (snapshot !== undefined) {
      this.known = { ...snapshot, recording: snapshot.recording || (this.known?.recording ?? false) };
      return this.known;
    }
    return this.known && { ...this.known, state: 'starting', offsetUs: undefined };
  }

  get part(): { readonly file: string; readonly framesCsv: string } {
    return this.current.part;
  }

  get pid(): number | undefined {
    return this.current.pid;
  }

  /** True where it has been recording, whatever became of it. */
  get recorded(): boolean {
    return this.snapshot?.recording ?? false;
  }

  stop(index?: number): void {
    this.stopping = true;
    this.current.stop(index);
  }

  begin(): void {
    this.current.begin();
  }

  kill(): void {
    this.stopping = true;
    this.current.kill();
  }

  /** Looks at its state. @returns true where that is another one now, and worth being written down at once. */
  look(): boolean {
    const { state } = this.snapshot ?? {};
    // What a dead process said last is over.
    if (state === undefined || state === 'ready') return false;
    return this.current.end === undefined && this.note(state);
  }

  describe(): Partial<TakeCamera> {
    return { ...this.describeRuns(), ...this.states.describe() };
  }

  private note(state: TakeState['state']): boolean {
    const { index, recording = false } = this.snapshot ?? {};
    return this.states.saw({ state, recording, ...(state !== 'starting' && { index }) }, new Date());
  }

  private describeRuns(): Partial<TakeCamera> {
    const [first, ...further] = this.runs as [TakeCameraProcess, ...TakeCameraProcess[]];
    if (further.length === 0 && this.end !== undefined) return first.describe();
    const files = this.runs.map((run): TakePart => {
      const { firstIndex, frames } = run.describe();
      return {
        ...run.part,
        ...(firstIndex !== undefined && { firstIndex }),
        ...(frames !== undefined && { frames }),
        ...(run.end === undefined && run.pid !== undefined && { pid: run.pid }),
      };
    });
    const about = Object.entries({ ...first.describe(), ...this.current.describe() });
    return { ...Object.fromEntries(about.filter(([name]) => !COUNTS.has(name))), files };
  }

  private get current(): TakeCameraProcess {
    return this.runs.at(-1) as TakeCameraProcess;
  }

  private async follow(): Promise<CameraEnd> {
    for (;;) {
      const end = await this.current.ended;
      this.shortRuns = performance.now() - this.startedMs < SHORT_MS ? this.shortRuns + 1 : 0;
      this.note(end.ok ? 'done' : 'failed');
      const again = !end.ok && this.mayRun && this.options.again(end);
      if (!end.ok) {
        this.failures.push(end.error);
        this.options.onFailure(end, again);
      }
      if (again) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      if (!again || !this.mayRun) {
        this.end = end;
        return end;
      }
      this.startedMs = performance.now();
      this.runs.push(this.options.start(this.runs.length));
      this.note('starting');
    }
  }

  private get mayRun(): boolean {
    return !this.stopping && this.shortRuns < MOST_SHORT_RUNS;
  }
}
