import { encodeMessage } from '../../wire/message.ts';
import type { SteeredCamera } from './camera.ts';
import type { Grid } from './grid.ts';
import { GridWriter } from './grid-writer.ts';
import type { LeaderGrid } from './leader-grid.ts';
import { Leading } from './leading.ts';
import type { Learned } from './learned.ts';
import { LineSteering } from './line-steering.ts';
import { ping } from './order.ts';
import type { Channel, FrameReport } from './report.ts';
import type { SteeredState, Way } from './way.ts';

/**
 * So long a process is given to write its first line of the log, and its first metadata after that, in us: on a Pi a
 * camera takes a second or two to start.
 */
const LOG_WAIT_US = 3e6;
const METADATA_WAIT_US = 3e6;
/** A process that was heard and says nothing for so long is heard no more, in us. */
const SILENT_US = 2e6;
/** Reports that come later than this say too little of the orders under way: from the stamp, in frames. */
const MOST_LATE_FRAMES = 40;
const TOO_LATE_REPORTS = 30;
/** Until metadata come, the process is told to begin so often, in us. */
const PING_EVERY_US = 100_000;

export interface SteererOptions {
  /** The one channel to use; `auto` takes the best that there is. Default `auto`. */
  readonly channel?: 'auto' | Channel;
  /** The grid that this camera's own frames are: it runs free. Where it can't be heard, nobody leads. */
  readonly leads?: LeaderGrid;
  /**
   * The process records from the frame that it is told on, and never sooner: its metadata, which come only then, are
   * not there before. Until they come it is steered without being heard.
   */
  readonly startsOnTime?: boolean;
}

/**
 * Steers one stock camera, behind the port on which its process listens as a client: reports of frames go in, messages
 * come out.
 *
 * It hears the process by its log where that speaks; else by its metadata, which come late and only once the process
 * records (so it is told to record at once, or, with `startsOnTime`, is steered unheard up to then); else it writes
 * what it knows of the grid without hearing anything. Each fall from one to the next is stated, with the reason. A
 * camera that leads is heard in the same ways, and told nothing but when the recording begins.
 */
export class Steerer {
  private readonly camera: SteeredCamera;
  private readonly grid: Grid;
  private readonly only: 'auto' | Channel;
  private readonly leads: LeaderGrid | undefined;
  private readonly startsOnTime: boolean;
  private current: Channel;
  private why: string;
  private way: Way;
  /** Since when the channel is waited for. */
  private startedUs: number | undefined;
  private heardUs: number | undefined;
  private pingedUs = Number.NEGATIVE_INFINITY;
  private stampUs = Number.NEGATIVE_INFINITY;
  private readyNumber: number | undefined;
  /** Reports in a row that came too late to steer by. */
  private tooLate = 0;

  constructor(camera: SteeredCamera, grid: Grid, options: SteererOptions = {}) {
    this.camera = camera;
    this.grid = grid;
    this.only = options.channel ?? 'auto';
    this.leads = options.leads;
    this.startsOnTime = options.startsOnTime ?? false;
    this.current = this.only === 'auto' ? 'log' : this.only;
    this.why = this.only === 'auto' ? 'the best there is' : 'as asked for';
    this.way = this.make();
  }

  /** How the camera is heard, or steered without being heard. */
  get channel(): Channel {
    return this.current;
  }

  /** Why by that channel: a few words. */
  get reason(): string {
    return this.why;
  }

  /** Duration of a frame of the grid, in us. */
  get periodUs(): number {
    return this.grid.periodUs;
  }

  get learned(): Learned | undefined {
    return this.way.learned;
  }

  /**
   * The process was started, at `nowUs` of the boot clock. Told again later, when it is seen to run, it is waited for
   * from then on.
   */
  start(nowUs: number): void {
    if (this.heardUs === undefined) this.startedUs = nowUs;
  }

  /**
   * The recording begins with this frame of the grid. A process that is heard by its metadata records from the start:
   * there it says what to keep.
   */
  begin(number: number): void {
    this.readyNumber = number;
    this.way.begin(number);
  }

  /** The process said something of a frame, heard at `nowUs` of the boot clock. */
  report(report: FrameReport, nowUs: number): void {
    if (this.current === 'grid' || this.current === 'stock') {
      this.way.report(report, nowUs);
      return;
    }
    // What the log has told already comes again with the metadata.
    if (report.sensorUs <= this.stampUs) return;
    if (report.channel !== this.current) return;
    if (this.awaitsRecording && this.way instanceof GridWriter) this.way = this.make(true);
    this.heardUs = nowUs;
    this.stampUs = report.sensorUs;
    this.way.report(report, nowUs);
    if (this.only === 'auto') this.judgeLatency(nowUs - report.sensorUs);
  }

  /** When it wants to be woken next, on the boot clock; undefined as long as it was not started. */
  get wakeUs(): number | undefined {
    if (this.startedUs === undefined) return undefined;
    const way = this.way.wakeUs ?? Number.POSITIVE_INFINITY;
    return Math.min(way, this.fallUs, this.pingUs);
  }

  /** It is time. @param wallUs the host's wall clock at the same moment. @returns the datagram to send now. */
  wake(nowUs: number, wallUs: number): Uint8Array | undefined {
    if (nowUs >= this.fallUs) this.fall(nowUs);
    if (nowUs >= this.pingUs) {
      this.pingedUs = nowUs;
      return encodeMessage(ping(wallUs, 'now'));
    }
    return this.way.wake(nowUs, wallUs);
  }

  /** What is known of the frame that the camera makes at a moment of the boot clock. */
  at(nowUs: number): SteeredState {
    return this.way.at(nowUs);
  }

  /** When the channel has been silent for too long. */
  private get fallUs(): number {
    const started = this.startedUs;
    if (started === undefined || this.current === 'grid' || this.current === 'stock') return Number.POSITIVE_INFINITY;
    if (this.heardUs !== undefined) return this.heardUs + SILENT_US;
    if (this.awaitsRecording) {
      const recordsUs = this.readyNumber === undefined ? undefined : this.grid.at(this.readyNumber);
      return Math.max(started, recordsUs ?? Number.POSITIVE_INFINITY) + METADATA_WAIT_US;
    }
    if (this.only === 'auto') return started + (this.current === 'log' ? LOG_WAIT_US : METADATA_WAIT_US);
    return started + LOG_WAIT_US + METADATA_WAIT_US;
  }

  private get pingUs(): number {
    if (this.current !== 'metadata' || this.heardUs !== undefined || this.startsOnTime) return Number.POSITIVE_INFINITY;
    return this.pingedUs + PING_EVERY_US;
  }

  /** Its metadata are not there before it records, and it is not told to record before its time. */
  private get awaitsRecording(): boolean {
    return this.startsOnTime && this.current === 'metadata' && this.heardUs === undefined;
  }

  private judgeLatency(us: number): void {
    const frames = us / this.grid.periodUs;
    this.tooLate = frames > MOST_LATE_FRAMES ? this.tooLate + 1 : 0;
    if (this.current !== 'metadata' || this.tooLate < TOO_LATE_REPORTS) return;
    this.current = 'grid';
    this.why = `metadata come ${Math.round(frames)} frames late`;
    this.way = this.make();
  }

  private fall(nowUs: number): void {
    const channel = this.current;
    const was = this.heardUs;
    if (channel === 'log' && this.only === 'auto') {
      this.current = 'metadata';
      this.why =
        was === undefined
          ? `no log within ${seconds(LOG_WAIT_US)}`
          : `the log has been silent for ${seconds(nowUs - was)}`;
      this.startedUs = nowUs;
      this.heardUs = undefined;
      // What is known of a camera that was heard stays true.
      if (was === undefined) this.way = this.make();
      return;
    }
    const lack = this.only === 'auto' ? 'log and no metadata' : channel;
    const waitedUs = this.only === 'auto' ? LOG_WAIT_US + METADATA_WAIT_US : nowUs - (this.startedUs ?? nowUs);
    const within = this.awaitsRecording
      ? `in the first ${seconds(METADATA_WAIT_US)} of the recording`
      : `within ${seconds(waitedUs)}`;
    this.why = was === undefined ? `no ${lack} ${within}` : `nothing heard for ${seconds(nowUs - was)}`;
    this.current = 'grid';
    this.leads?.free(nowUs);
    // It was steered so all the time.
    if (this.way instanceof GridWriter) return;
    this.way = this.make();
  }

  /** @param speaks true where the process is heard already. */
  private make(speaks = false): Way {
    const channel = this.current;
    const heard = channel === 'log' || (channel === 'metadata' && (speaks || !this.startsOnTime));
    const way = !heard
      ? new GridWriter(this.camera, this.grid, channel === 'stock' ? 'stock' : 'grid')
      : this.leads !== undefined
        ? new Leading(this.leads, this.camera.skipBelowUs)
        : new LineSteering(this.camera, this.grid, channel === 'metadata');
    if (this.readyNumber !== undefined) way.begin(this.readyNumber);
    return way;
  }
}

const seconds = (us: number): string => `${(us / 1e6).toFixed(1).replace(/\.0$/, '')} s`;
