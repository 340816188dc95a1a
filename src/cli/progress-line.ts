import type { createLogUpdate } from 'log-update';
import { screenColumns } from './terminal-size.ts';

/**
 * Who hides the cursor listens for signals to show it again, and a command that listens can't be ended while it is
 * busy.
 */
const SHOWN = { showCursor: true };

/** Text on stderr that replaces itself, on a terminal; elsewhere it says nothing. */
export class ProgressLine {
  /** Resolves when text can be shown; what is shown before is left out. */
  readonly ready: Promise<void>;
  private update: ReturnType<typeof createLogUpdate> | undefined;
  private lastMs = 0;

  constructor() {
    this.ready = this.load();
  }

  /** Shows the text, ten times a second at most. */
  show(text: string): void {
    if (this.update === undefined || performance.now() - this.lastMs < 100) return;
    this.lastMs = performance.now();
    this.update(text);
  }

  clear(): void {
    this.update?.clear();
  }

  private async load(): Promise<void> {
    if (screenColumns() === undefined) return;
    const { createLogUpdate } = await import('log-update');
    this.update = createLogUpdate(process.stderr, SHOWN);
  }
}
