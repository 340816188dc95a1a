import { createLogUpdate } from 'log-update';

/** Who hides the cursor listens for signals to show it again, and a command that listens can't be ended while it is busy. */
const SHOWN = { showCursor: true };

/** Text on stderr that replaces itself, on a terminal; elsewhere it says nothing. */
export class ProgressLine {
  private readonly update = process.stderr.isTTY ? createLogUpdate(process.stderr, SHOWN) : undefined;
  private lastMs = 0;

  /** Shows the text, ten times a second at most. */
  show(text: string): void {
    if (this.update === undefined || performance.now() - this.lastMs < 100) return;
    this.lastMs = performance.now();
    this.update(text);
  }

  clear(): void {
    this.update?.clear();
  }
}
