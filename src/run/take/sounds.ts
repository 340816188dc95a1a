import { UsageError } from '../../errors.ts';
import type { TakeSound } from '../../record/take.ts';
import type { Clock } from '../../time/clock.ts';
import { periodUs } from '../../time/frame-rate.ts';
import type { ServerListener } from '../files/server-listener.ts';
import type { TakeOptions } from '../plan/options.ts';
import type { SoundSnapshot } from '../sound/ipc.ts';
import { SoundProcess } from './sound-process.ts';

/** Frame 0 that moves by less than this is where it was, in us. */
const SAME_US = 1;

/**
 * When frame 0 is by this host's wall clock, where the microphones are; undefined as long as it is open.
 * @param elsewhere the server is on another host: the start that it tells is by its own wall clock, and its ready time
 *   was brought to this one's.
 */
export const frame0Of = (
  { start, readyTimeUs }: Pick<ServerListener, 'start' | 'readyTimeUs'>,
  elsewhere: boolean,
): number | undefined => (elsewhere ? undefined : start?.wallUs) ?? readyTimeUs;

export interface TakeSoundsEvents {
  onSnapshots(snapshots: readonly SoundSnapshot[]): void;
  /** A sound is over before the pictures: the take goes on. */
  onLost(name: string, why: string): void;
}

/** The sounds of a take: a process a microphone, beside the cameras. */
export class TakeSounds {
  private readonly options: TakeOptions;
  private readonly clock: Clock;
  private readonly events: TakeSoundsEvents;
  private processes: readonly SoundProcess[] = [];
  private readonly lost = new Set<string>();
  private frame0Us: number | undefined;
  private finishing = false;

  constructor(options: TakeOptions, clock: Clock, events: TakeSoundsEvents) {
    this.options = options;
    this.clock = clock;
    this.events = events;
  }

  /** Files that are written, relative to the take. */
  get files(): readonly string[] {
    return this.processes.map(({ file }) => file);
  }

  /**
   * Opens the microphones.
   * @throws UsageError, one line that names what can't be opened: none is open then.
   */
  async open(): Promise<void> {
    const { sounds = [], folder, audioSync } = this.options;
    this.processes = sounds.map((sound) => new SoundProcess(sound, folder, audioSync, () => this.news()));
    await Promise.all(this.processes.map(({ opened }) => opened));
    const failed = this.processes.flatMap(({ name, end }) => (end?.ok === false ? [{ name, ...end }] : []));
    if (failed.length === 0) return;
    await this.finish(0);
    throw new UsageError(failed.map(({ name, error }) => `${name}: ${error}`).join('; '));
  }

  /**
   * Looks whether it is known when frame 0 is, and tells the microphones.
   * @param wallUs by this host's wall clock; undefined as long as it is open.
   */
  look(wallUs: number | undefined): void {
    if (wallUs === undefined || this.processes.length === 0) return;
    const pair = this.clock.pair();
    const frame0Us = wallUs - pair.wallUs + pair.bootUs;
    // Once it is over it stays: a wall clock that is set from then on moves no sound.
    if (this.frame0Us !== undefined && (pair.bootUs > this.frame0Us || Math.abs(frame0Us - this.frame0Us) < SAME_US))
      return;
    this.frame0Us = frame0Us;
    const { frames, frameRate } = this.options;
    const lengthUs = frames === undefined ? undefined : frames * periodUs(frameRate);
    for (const each of this.processes) each.begin(frame0Us, lengthUs);
  }

  describe(): readonly TakeSound[] {
    return this.processes.map((each) => each.describe());
  }

  /** The cameras are done: the sounds' files are closed. @param lengthUs Default: up to now. */
  async finish(
    lengthUs = this.frame0Us === undefined ? 0 : Math.max(0, this.clock.boot() - this.frame0Us),
  ): Promise<void> {
    this.finishing = true;
    const ends = await Promise.all(this.processes.map(async (each) => ({ each, end: await each.finish(lengthUs) })));
    for (const { each, end } of ends) if (!end.ok) this.lose(each.name, end.error);
  }

  private news(): void {
    for (const { name, snapshot, end } of this.processes) {
      const why = snapshot?.over?.why ?? (end?.ok === false && this.frame0Us !== undefined ? end.error : undefined);
      if (why !== undefined) this.lose(name, why);
    }
    this.events.onSnapshots(this.processes.flatMap(({ snapshot }) => snapshot ?? []));
  }

  private lose(name: string, why: string): void {
    if (this.lost.has(name) || this.frame0Us === undefined) return;
    this.lost.add(name);
    this.events.onLost(name, this.finishing ? why : `${why}; the take goes on`);
  }
}
