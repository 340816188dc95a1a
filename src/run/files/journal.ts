import { type Take, writeTake } from '../../record/take.ts';

/**
 * Keeps `take.json` as things stand: one writing at a time, the newest state last. What can't be written does not stop
 * a recording.
 */
export class TakeJournal {
  private readonly folder: string;
  private readonly onError: (error: Error) => void;
  private next: (() => Take) | undefined;
  private writing: Promise<void> | undefined;

  /** @param onError told of each state that could not be written. */
  constructor(folder: string, onError: (error: Error) => void) {
    this.folder = folder;
    this.onError = onError;
  }

  /** Writes the state that there is when its turn comes. */
  note(state: () => Take): void {
    this.next = state;
    this.writing ??= this.drain();
  }

  /** Resolves when all that was noted is written. */
  async settled(): Promise<void> {
    await this.writing;
  }

  private async drain(): Promise<void> {
    // Not before `writing` tells of it, whatever comes of the first state.
    await Promise.resolve();
    while (this.next !== undefined) {
      const state = this.next;
      this.next = undefined;
      try {
        await writeTake(this.folder, state());
      } catch (error) {
        this.onError(error as Error);
      }
    }
    this.writing = undefined;
  }
}
