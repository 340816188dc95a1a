import type { Readable } from 'node:stream';
import type { TakeCamera } from '../../record/take.ts';
import { describeLearned } from '../../rpicam/learned-words.ts';
import { isForSteering } from '../../rpicam/steering-log.ts';
import type { FollowedGrid } from '../../sync/steering/followed-grid.ts';
import { frameAt, type Grid } from '../../sync/steering/grid.ts';
import type { Channel } from '../../sync/steering/report.ts';
import type { Steerer } from '../../sync/steering/steerer.ts';
import type { SteeredState } from '../../sync/steering/way.ts';
import type { Clock } from '../../time/clock.ts';
import type { Line } from '../camera/notices.ts';
import { SteeringShell, TOLD_AHEAD_FRAMES } from '../steering/shell.ts';

/** What steers a stock process. */
export interface StockSteering {
  readonly steerer: Steerer;
  /** Whose frames it is steered to. */
  readonly grid: Grid;
  /** Number of the take's frame 0 on the grid; undefined as long as that is open. */
  readonly readyNumber: () => number | undefined;
  /** The grid, where it is that of a server that is heard. */
  readonly followed: FollowedGrid | undefined;
  /** The port that it listens on, alone. */
  readonly port: number;
  /** It is told to begin so many frames before the take does. */
  readonly earlyFrames: number;
  /** Its own frames are the grid, as long as it is heard. */
  readonly leads: boolean;
  /** It was started again in a take that runs: it begins once it is in its place. */
  readonly joins: boolean;
}

/**
 * Until a process that is steered without being heard is in its place, in ms: five messages a second, each of which
 * corrects a frame.
 */
export const UNHEARD_TO_STEP_MS = 2_000;

/** A stock process of a take on its way to the take's frames: what it is told when, and what is said of that. */
export class ProcessSteering {
  private readonly steering: StockSteering;
  private readonly clock: Clock;
  private readonly shell: SteeringShell;
  private readonly onLine: (line: Line) => void;
  /** How it is steered, as was said last; and of which way it was said what was learned. */
  private toldOf: Channel;
  private toldLearned: Channel | undefined;
  /** Since when it is steered without being heard. */
  private unheardMs: number | undefined;
  /** How it was steered, once it was told to end. */
  private known: NonNullable<TakeCamera['stock']>['steering'];
  /** One that joins: its first frame on the grid. */
  private joinNumber: number | undefined;

  /** @param metadataFile where it writes its metadata. @param onLine takes what is to be said of it. */
  constructor(steering: StockSteering, clock: Clock, metadataFile: string, onLine: (line: Line) => void) {
    this.steering = steering;
    this.clock = clock;
    this.onLine = onLine;
    const { steerer, port, followed } = steering;
    this.toldOf = steerer.channel;
    this.shell = new SteeringShell(steerer, port, clock, { followed, metadataFile, onSteered: () => this.look() });
  }

  /** It is seen to run. */
  running(): void {
    this.shell.running();
  }

  /** Where its lines come from. */
  listen(stderr: Readable | null): void {
    this.shell.listen(stderr);
  }

  /** It wrote a line to stderr. @returns whether that was for its steerer alone. */
  hear(line: string): boolean {
    if (!isForSteering(line)) return false;
    this.shell.hear(line);
    return true;
  }

  /** The steerer is told when the recording begins, once that is known; and who watches, how it steers. */
  look(): void {
    const { steerer, earlyFrames } = this.steering;
    const first = this.firstNumber;
    if (first !== undefined) steerer.begin(first - earlyFrames);
    const { learned, channel, reason } = steerer;
    if (channel === 'grid' || channel === 'stock') this.unheardMs ??= performance.now();
    // By what was asked for it is steered without a word of it; by less than that it is said.
    if (this.toldOf !== channel) this.onLine({ level: 'warning', text: `is steered by ${channel} (${reason})` });
    this.toldOf = channel;
    if (learned === undefined || this.toldLearned === channel) return;
    this.toldLearned = channel;
    const late = `heard ${learned.latencyFrames.toFixed(1)} frames late`;
    this.onLine({ level: 'info', text: `is steered by ${channel}: ${describeLearned(learned)}, ${late}` });
  }

  /** It is where it shall be; of one that is not heard nothing tells: it is given the time that it takes. */
  get inPlace(): boolean {
    const { channel } = this.steering.steerer;
    if (channel === 'log' || channel === 'metadata') return this.state.state === 'locked';
    return this.unheardMs !== undefined && performance.now() - this.unheardMs > UNHEARD_TO_STEP_MS;
  }

  get joins(): boolean {
    return this.steering.joins;
  }

  /** Of one that joins: its first slot of the take; none where it never was in its place. */
  get fromSlot(): number | undefined {
    const { joins, readyNumber } = this.steering;
    if (!joins) return undefined;
    return this.joinNumber === undefined ? Number.POSITIVE_INFINITY : this.joinNumber - (readyNumber() ?? 0);
  }

  /** What is known of the frame that it makes now. */
  get state(): SteeredState {
    return this.shell.state;
  }

  /** From a frame to what is heard of it, in us. */
  get latencyUs(): number {
    const { steerer, grid } = this.steering;
    return (steerer.learned?.latencyFrames ?? 0) * grid.periodUs;
  }

  /** It was told to end: what it says from now on, when its encoder is emptied, tells nothing of how it was steered. */
  ending(): void {
    this.known ??= this.describe();
  }

  /** For `take.json`. */
  describe(): NonNullable<TakeCamera['stock']>['steering'] {
    if (this.known !== undefined) return this.known;
    const { channel, reason, learned } = this.steering.steerer;
    const heard = channel === 'log' || channel === 'metadata';
    const leads = heard && this.steering.leads && { leads: true as const };
    return { channel, reason, ...leads, ...learned };
  }

  close(): void {
    this.shell.close();
  }

  /** Its first frame of the take, by the grid's count; undefined as long as that is open. */
  private get firstNumber(): number | undefined {
    const { readyNumber, grid, joins } = this.steering;
    const first = readyNumber();
    if (!joins || first === undefined) return first;
    const now = this.inPlace ? frameAt(grid, this.clock.boot()) : undefined;
    if (now !== undefined) this.joinNumber ??= Math.max(first, now + TOLD_AHEAD_FRAMES);
    return this.joinNumber;
  }
}
