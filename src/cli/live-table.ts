import { clockTime, duration, size, speed } from '../amounts.ts';
import { counted } from '../counted.ts';
import type { Line } from '../run/camera/notices.ts';
import type { CameraSnapshot } from '../run/camera/snapshot.ts';
import type { DiskState } from '../run/files/disk-watch.ts';
import { type FrameRate, framesPerSecond } from '../time/frame-rate.ts';
import { cameraTable, clockWord, stateWord } from './camera-table.ts';
import { type Paint, plain } from './colours.ts';
import { indented } from './fold.ts';
import { ProgressLine } from './progress-line.ts';
import { microseconds } from './table.ts';
import { screenColumns } from './terminal-size.ts';

/** Without a screen a line comes this often, in ms. */
const PLAIN_MS = 5_000;

export interface LiveTableOptions {
  /** With lines for those who want to know. */
  readonly verbose?: boolean | undefined;
  readonly paint?: Paint;
  /** Frames that the take shall have; undefined where it has no set end. */
  readonly frames: number | undefined;
  readonly frameRate: FrameRate;
  /** What stands in place of the time between takes in a row; without a screen nothing is said then. */
  readonly idle?: string;
}

/**
 * The cameras at work: a table that is kept up to date on a terminal, and goes when they are done; a line now and then
 * elsewhere. All on stderr. Until the cameras run nothing is said: what was asked for may still be refused, and then
 * that is the only line.
 */
export class LiveTable {
  private readonly options: LiveTableOptions;
  private readonly paint: Paint;
  private readonly progress = new ProgressLine();
  private readonly said = new Set<string>();
  /** What is to be said once the cameras run; undefined from then on. */
  private held: string[] | undefined = [];
  private readonly startedMs = performance.now();
  private lastMs = 0;
  private recording = false;
  private snapshots: readonly CameraSnapshot[] = [];
  /** What is being typed, with what it is for. */
  private typed: string | undefined;
  private over = false;
  /** How the disk is doing, at length and in short. */
  private room: readonly string[] = [''];

  constructor(options: LiveTableOptions) {
    this.options = options;
    this.paint = options.paint ?? plain;
  }

  /** The cameras run, or are to end: what was to be said is said. */
  begin(): void {
    const { held = [] } = this;
    this.held = undefined;
    for (const line of held) this.say(line);
  }

  show(snapshots: readonly CameraSnapshot[]): void {
    this.snapshots = snapshots;
    if (this.held !== undefined || this.over) return;
    const columns = screenColumns();
    if (columns === undefined) this.plain(snapshots);
    else this.progress.show(`${cameraTable(snapshots, columns, this.paint)}\n\n${this.below(snapshots, columns)}`);
  }

  /** How long the disk will last, shown below the cameras. */
  disk({ freeBytes, bytesPerS, leftS, estimated }: DiskState): void {
    const rate = `${speed(bytesPerS)}${estimated ? ' (estimated)' : ''}`;
    const left = `disk: ${size(freeBytes)} free, ${duration(leftS)} left`;
    this.room = [`${left} at ${rate}`, left];
  }

  line(name: string, { level, text, once }: Line): void {
    // What a figure in it comes to may differ from camera to camera.
    const gist = text.replace(/\d+/g, '#');
    if (level === 'info' && this.options.verbose) this.say(`${name}: ${text}`);
    if (level !== 'warning' || this.said.has(gist)) return;
    if (once) this.said.add(gist);
    this.say(once ? `warning: ${text}` : `${name}: warning: ${text}`);
  }

  /** What the take as a whole does. */
  note(text: string): void {
    this.say(text);
  }

  /** Something is being typed: shown below the cameras, until it is undefined. @param prompt What it is for. */
  typing(prompt: string, text: string | undefined): void {
    const begins = this.typed === undefined && text !== undefined;
    this.typed = text === undefined ? undefined : `${prompt} ${text}`;
    if (screenColumns() !== undefined) this.show(this.snapshots);
    else if (begins) this.say(prompt);
  }

  /** No table is in the way of what others write, until there is news of the cameras. */
  clear(): void {
    this.progress.clear();
  }

  /** The cameras are done: no table remains. */
  end(): void {
    this.over = true;
    this.clear();
  }

  private say(text: string): void {
    if (this.held !== undefined) {
      this.held.push(text);
      return;
    }
    this.progress.clear();
    const shown = indented(text, screenColumns()).replace(
      /^((?:[\w-]+: )?)(warning:)/,
      (_, name: string, word: string) => {
        return `${name}${this.paint('yellow', word)}`;
      },
    );
    process.stderr.write(`${shown}\n`);
  }

  /** Time that is over and left, the disk, and what is being typed. */
  private below(snapshots: readonly CameraSnapshot[], columns: number): string {
    const room = this.room.find((line) => line.length <= columns) ?? '';
    const lines = [this.time(snapshots), room].filter((line) => line !== '' && line.length <= columns);
    // Its end is where it is typed.
    return (this.typed === undefined ? lines : [...lines, this.typed.slice(-columns)]).join('\n');
  }

  /** `0:03 of 0:20, 17 s left`; before the recording how long that is waited for. */
  private time(snapshots: readonly CameraSnapshot[]): string {
    if (!snapshots.some(({ recording }) => recording)) {
      const { idle } = this.options;
      if (idle !== undefined) return idle;
      return `not recording yet, ${duration((performance.now() - this.startedMs) / 1000)}`;
    }
    const { frames: wanted, frameRate } = this.options;
    const fps = framesPerSecond(frameRate);
    // The time goes on where the encoder is behind, or frames are left out.
    const reached = snapshots.map(({ index = -1, frames }) => Math.max(index + 1, frames));
    const done = Math.min(wanted ?? Number.POSITIVE_INFINITY, Math.max(...reached));
    if (wanted === undefined) return `${clockTime(done / fps)}, until stopped`;
    const left = Math.max(0, wanted - done) / fps;
    return `${clockTime(done / fps)} of ${clockTime(Math.max(1, wanted / fps))}, ${duration(left)} left`;
  }

  private plain(snapshots: readonly CameraSnapshot[]): void {
    const recording = snapshots.every((snapshot) => snapshot.recording);
    const begins = recording && !this.recording;
    this.recording = recording;
    if (this.options.idle !== undefined && !recording) return;
    if (!begins && performance.now() - this.lastMs < PLAIN_MS) return;
    this.lastMs = performance.now();
    const each = snapshots.map((camera) => {
      const { name, sync, state, offsetUs, frames, drops } = camera;
      const offset =
        sync === 'server' || state === 'waiting' || offsetUs === undefined ? '' : ` ${microseconds(offsetUs, true)}`;
      const clock = clockWord(camera.hostClock);
      const dropped = drops === undefined ? '' : ` ${counted(drops, 'drop')}`;
      return `${name} ${stateWord(camera)}${offset}${clock === undefined ? '' : ` clock ${clock}`} ${counted(frames, 'frame')}${dropped}`;
    });
    process.stderr.write(`${begins ? 'recording: ' : ''}${this.time(snapshots)} | ${each.join(' | ')}\n`);
  }
}
