import { join } from 'node:path';
import { EarlierTake } from '../files/earlier-take.ts';
import { makeTakeFolder, unmakeTakeFolder } from '../files/folder.ts';
import { alone, type Hold, hold } from '../files/lock.ts';
import { refuseLiving } from '../repair/living.ts';
import { holdsFrames } from '../repair/look.ts';
import { bringBack, repairTake } from '../repair/repair.ts';

/** A take that `force` replaces goes so long after the first frame, in ms: frames are on the disk by then. */
const REPLACE_MS = 2_000;

/**
 * The folder that a take records into, and the take that stands in it, which goes once frames of this one are on the
 * disk.
 */
export class TakeFolder {
  private readonly path: string;
  private readonly names: readonly string[];
  private readonly force: boolean;
  private readonly note: (text: string) => void;
  /** The take that this one is to replace, until it does. */
  private earlier: EarlierTake | undefined;
  private held: Hold | undefined;
  private replacing: NodeJS.Timeout | undefined;

  /**
   * @param names What the take's cameras are called.
   * @param force Whether a take that stands in the folder is replaced.
   */
  constructor(path: string, names: readonly string[], force: boolean, note: (text: string) => void) {
    this.path = path;
    this.names = names;
    this.force = force;
    this.note = note;
  }

  /** True as long as an earlier take would come back. */
  get replaces(): boolean {
    return this.earlier !== undefined;
  }

  /** Makes the folder, and keeps all others out of it until `release`. @throws UsageError where it can't be used. */
  async make(): Promise<void> {
    if (this.force) await this.repairBefore();
    try {
      this.earlier = await makeTakeFolder(this.path, this.force, () => this.hold(), this.names);
    } catch (error) {
      this.held?.release();
      throw error;
    }
  }

  /** The folder's `take.json` tells from here on who is at work in it. */
  release(): void {
    this.held?.release();
    this.held = undefined;
  }

  /** Takes back what was made: the take before stands in the folder again, or there is none. */
  async unmake(): Promise<void> {
    clearTimeout(this.replacing);
    const { earlier, held } = this;
    this.earlier = undefined;
    this.held = undefined;
    await unmakeTakeFolder(this.path, earlier, held);
  }

  /**
   * Cameras record: once it is sure that frames of them are on the disk, the take before goes.
   * @param files that are written now, by name.
   */
  replaceSoon(files: () => readonly string[]): void {
    if (this.earlier !== undefined) this.replacing ??= setTimeout(() => void this.replaceOnceSafe(files()), REPLACE_MS);
  }

  /** The take before goes. */
  async replace(): Promise<void> {
    clearTimeout(this.replacing);
    const { earlier } = this;
    this.earlier = undefined;
    if (earlier === undefined) return;
    const removed = alone(
      this.path,
      () => {},
      () => earlier.remove(),
    );
    await removed.catch((error: Error) => this.note(`warning: ${error.message}`));
  }

  /**
   * A disk that stalls, or one frame in seconds, takes longer than `REPLACE_MS`: then it is tried again with the next
   * snapshot.
   */
  private async replaceOnceSafe(files: readonly string[]): Promise<void> {
    for (const name of files) {
      if (await holdsFrames(join(this.path, name))) return this.replace();
    }
    this.replacing = undefined;
  }

  /** Nobody else works in the folder until its description tells that this process does. */
  private async hold(): Promise<void> {
    this.held = await hold(this.path, (pid) =>
      this.note(`${this.path}: process ${pid} is at work in it; waiting until done`),
    );
    if (this.force) await refuseLiving(this.path);
  }

  /** A take that was cut off before it replaced another: it holds something, or the other one is back. */
  private async repairBefore(): Promise<void> {
    if (await EarlierTake.isWaiting(this.path)) {
      await refuseLiving(this.path);
      await bringBack(this.path);
    }
    if (await EarlierTake.isWaiting(this.path)) await repairTake(this.path);
  }
}
