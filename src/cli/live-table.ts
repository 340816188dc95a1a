import { duration, size, speed } from '../amounts.ts';
import { counted } from '../counted.ts';
import type { Line } from '../run/camera/notices.ts';
import type { CameraSnapshot } from '../run/camera/snapshot.ts';
import type { DiskState } from '../run/files/disk-watch.ts';
import { ProgressLine } from './progress-line.ts';
import { microseconds, table } from './table.ts';

/** Without a terminal a line comes this often, in ms. */
const PLAIN_MS = 5_000;

/** The cameras at work: a table that is kept up to date on a terminal, a line now and then elsewhere. All on stderr. */
export class LiveTable {
  private readonly progress = new ProgressLine();
  private readonly terminal = process.stderr.isTTY;
  private readonly said = new Set<string>();
  private lastMs = 0;
  private recording = false;
  private room = '';
  private readonly verbose: boolean;

  /** @param verbose with lines for those who want to know. */
  constructor(verbose = false) {
    this.verbose = verbose;
  }

  show(snapshots: readonly CameraSnapshot[]): void {
    if (this.terminal) this.progress.show(`${cameraTable(snapshots)}${this.room}`);
    else this.plain(snapshots);
  }

  /** How long the disk will last, shown below the cameras. */
  disk({ freeBytes, bytesPerS, leftS, estimated }: DiskState): void {
    const rate = `${speed(bytesPerS)}${estimated ? ' (estimated)' : ''}`;
    this.room = `\n\ndisk: ${size(freeBytes)} free, ${duration(leftS)} left at ${rate}`;
  }

  line(name: string, { level, text, once }: Line): void {
    // What a figure in it comes to may differ from camera to camera.
    const gist = text.replace(/\d+/g, '#');
    if (level === 'info' && this.verbose) {
      this.progress.clear();
      process.stderr.write(`${name}: ${text}\n`);
    }
    if (level !== 'warning' || this.said.has(gist)) return;
    if (once) this.said.add(gist);
    this.progress.clear();
    process.stderr.write(once ? `warning: ${text}\n` : `${name}: warning: ${text}\n`);
  }

  /** What the take as a whole does. */
  note(text: string): void {
    this.progress.clear();
    process.stderr.write(`${text}\n`);
  }

  end(snapshots: readonly CameraSnapshot[]): void {
    this.progress.clear();
    if (this.terminal && snapshots.length > 0) process.stderr.write(`${cameraTable(snapshots)}\n`);
  }

  private plain(snapshots: readonly CameraSnapshot[]): void {
    const recording = snapshots.every((snapshot) => snapshot.recording);
    const begins = recording && !this.recording;
    this.recording = recording;
    if (!begins && performance.now() - this.lastMs < PLAIN_MS) return;
    this.lastMs = performance.now();
    const each = snapshots.map(
      ({ name, sync, state, offsetUs, frames, drops }) =>
        `${name} ${state} ${sync === 'server' || state === 'waiting' || offsetUs === undefined ? '' : `${microseconds(offsetUs, true)} `}${counted(frames, 'frame')}${drops === undefined ? '' : ` ${counted(drops, 'drop')}`}`,
    );
    process.stderr.write(`${begins ? 'recording: ' : ''}${each.join(' | ')}\n`);
  }
}

/** `3`; `15, 12 overload` where the encoder had no time for some. */
const dropped = (drops: number | undefined, overload: number): string =>
  overload > 0 ? `${drops}, ${overload} overload` : String(drops ?? '-');

function cameraTable(snapshots: readonly CameraSnapshot[]): string {
  const rows = [['camera', 'sync', 'state', 'offset', 'corrections', 'frames', 'drops']];
  for (const {
    name,
    sync,
    state,
    offsetUs,
    boundUs,
    corrections,
    frames,
    wanted,
    drops,
    overload = 0,
    recording,
    index,
  } of snapshots) {
    const done = wanted === undefined ? String(frames) : `${frames}/${wanted}`;
    const countdown = !recording && index !== undefined && index < 0 ? `in ${-index}` : done;
    // Without the server the offset is a guess; how far it may be off is not.
    const silent = state === 'holdover' || state === 'lost';
    const own = silent ? `within ${microseconds(boundUs)}` : microseconds(offsetUs, true);
    const offset = sync === 'server' ? 'reference' : own;
    rows.push([name, sync, state, offset, String(corrections ?? '-'), countdown, dropped(drops, overload)]);
  }
  return table(rows, 3);
}
