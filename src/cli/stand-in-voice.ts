import { constants } from 'node:os';
import type { HostClock } from '../host/clock.ts';
import {
  formatBootTime,
  haltingLine,
  type LogPlace,
  stallLines,
  syncAchievedLine,
  syncModeLine,
} from '../rpicam/log-lines.ts';
import type { CameraRunOptions } from '../run/camera/camera-run.ts';
import type { CameraSnapshot } from '../run/camera/snapshot.ts';
import { usToNs } from '../time/units.ts';

/** What stock rpicam-vid says on stderr while it records. */
export class StandInVoice {
  private readonly clock: HostClock;
  private readonly options: CameraRunOptions;
  private achieved = false;

  constructor(clock: HostClock, options: CameraRunOptions) {
    this.clock = clock;
    this.options = options;
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

  snapshot({ recording, offsetUs }: CameraSnapshot): void {
    const { sync } = this.options;
    if (sync === 'off' || !recording || this.achieved) return;
    this.achieved = true;
    this.say(syncAchievedLine(sync, sync === 'server' ? 0 : (offsetUs ?? 0), this.place()));
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
    return { bootNs: usToNs(this.clock.boot()), thread: process.pid };
  }

  private bootTime(): string {
    return formatBootTime(this.place().bootNs);
  }

  private say(text: string): void {
    process.stderr.write(`${text}\n`);
  }
}
