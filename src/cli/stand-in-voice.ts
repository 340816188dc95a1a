import { constants } from 'node:os';
import type { HostClock } from '../host/clock.ts';
import type { DebugLine } from '../rpicam/debug-lines.ts';
import { asksForDebug } from '../rpicam/log-levels.ts';
import {
  debugLine,
  formatBootTime,
  haltingLine,
  type LogPlace,
  stallLines,
  syncAchievedLine,
  syncModeLine,
} from '../rpicam/log-lines.ts';
import type { CameraRunOptions } from '../run/camera/run-options.ts';
import { usToNs } from '../time/units.ts';

const CATEGORIES: readonly string[] = ['RPiSync', 'IPARPI', 'ClockRec'] satisfies DebugLine['category'][];

/** What stock rpicam-vid says on stderr while it records. */
export class StandInVoice {
  private readonly clock: HostClock;
  private readonly options: CameraRunOptions;
  private readonly debugs: (category: string) => boolean;

  /** @param log false where no debug lines are said, whatever is asked. */
  constructor(clock: HostClock, options: CameraRunOptions, log: boolean) {
    this.clock = clock;
    this.options = options;
    const asked = new Map(CATEGORIES.map((each) => [each, asksForDebug(process.env.LIBCAMERA_LOG_LEVELS, each)]));
    this.debugs = (category) => log && asked.get(category) === true;
  }

  /** The camera is open and about to run. */
  opened(): void {
    const { width, height } = this.options.camera;
    const { sync } = this.options;
    this.say('Stream configuration adjusted');
    this.say(
      `[${this.bootTime()}] [${process.pid}]  INFO Camera camera.cpp:1216 configuring streams: ` +
        `(0) ${width}x${height}-YUV420/SMPTE170M (1) ${width}x${height}-SRGGB10_CSI2P/RAW`,
    );
    if (sync !== 'off') this.say(syncModeLine(sync, this.place()));
  }

  /** The ready time has come, so far from a frame. */
  achieved(differenceUs: number): void {
    const { sync } = this.options;
    if (sync !== 'off') this.say(syncAchievedLine(sync, differenceUs, this.place()));
  }

  /** What libcamera logs at level DEBUG: said where the environment asks for it. */
  debug(lines: readonly DebugLine[]): void {
    const asked = lines.filter(({ category }) => this.debugs(category));
    if (asked.length === 0) return;
    const place = this.place();
    this.say(asked.map((line) => debugLine(line, place)).join('\n'));
  }

  stalled(): void {
    for (const line of stallLines(this.place())) this.say(line);
  }

  halting(durationUs: number): void {
    this.say(haltingLine(Math.round(durationUs / 1000)));
  }

  /** Containers don't go together with what cuts a recording, or tells its times. */
  incompatible(): void {
    this.say(
      'ERROR: The libav encoder does not currently support the circular, segment, save_pts, split, or pause command line options ' +
        'with non-elementary streams!',
    );
  }

  /** Stock takes no other notice of a signal without `--signal`. */
  received(signal: NodeJS.Signals): void {
    this.say(`Received signal ${constants.signals[signal]}`);
  }

  private place(): LogPlace {
    return { bootNs: usToNs(this.clock.mono()), thread: process.pid };
  }

  private bootTime(): string {
    return formatBootTime(this.place().bootNs);
  }

  private say(text: string): void {
    process.stderr.write(`${text}\n`);
  }
}
