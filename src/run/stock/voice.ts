import { howEnded } from '../../host/how-ended.ts';
import { readLogLine, type StockEvent } from '../../rpicam/log.ts';
import type { Line } from '../camera/notices.ts';

export interface StockVoiceEvents {
  /** The camera is configured and set to synchronise. */
  onRunning(): void;
  /** The recording has begun. */
  onBegan(): void;
  /** The set time is up: it finishes its file. */
  onTimeUp(): void;
  onLine(line: Line): void;
}

/** A process that goes on complaining is quoted with its last complaints. */
const KEPT_ERRORS = 4;
/** Frames from before a stall are in the files by then, in ms; what grows later was captured after it. */
const FLUSHED_MS = 1_000;

const NO_COMPLAINTS: readonly StockEvent['kind'][] = ['sync-mode', 'sync-achieved', 'halting'];
/** Libraries and the C runtime complain without a level. */
const COMPLAINT = /\b(error|fail(ed|ure|s)?|fatal|can't|cannot|could not|unable|abort(ed)?|assert\w*|no space)\b/i;

/** What a stock process says, and what it means for the take. */
export class StockVoice {
  /** It said that its set time is up. */
  timeUp = false;
  /** The last line in which it complained of something, be it without a level; without time and thread. */
  complaint: string | undefined;
  /** A stall that goes on, in one line that holds its words. */
  stall: string | undefined;
  private stalledMs = 0;
  private dropped = false;
  private readonly failures: StockEvent[] = [];
  private readonly events: StockVoiceEvents;

  constructor(events: StockVoiceEvents) {
    this.events = events;
  }

  /** What it called errors, in one line that holds its words. */
  get errors(): string | undefined {
    return this.failures.length === 0 ? undefined : this.failures.map(({ text }) => text).join('; ');
  }

  /** It was asked for what it can't do, or for a camera that is not there. */
  get usage(): boolean {
    return this.failures.some((event) => event.kind === 'no-camera' || (event.kind === 'error' && event.usage));
  }

  /** @param onLine each line as it comes, without its end. @returns false where it is nothing for the take. */
  listen(stream: NodeJS.ReadableStream | null, onLine: (line: string) => boolean): void {
    let rest = '';
    const hear = (line: string): void => {
      if (onLine(line)) this.hear(line);
    };
    stream?.setEncoding('utf8').on('data', (piece: string) => {
      const text = rest === '' ? piece : rest + piece;
      let from = 0;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
        hear(text.slice(from, end));
        from = end + 1;
      }
      rest = text.slice(from);
    });
    stream?.on('end', () => rest !== '' && hear(rest));
  }

  /** How it ended where it should not have. What it said last need not be why: what it complained of is quoted. */
  endText(code: number | null, signal: NodeJS.Signals | null): string {
    const why = this.errors ?? this.stall ?? this.complaint;
    return `rpicam-vid ${howEnded(code, signal)}${why === undefined ? '' : `: ${why}`}`;
  }

  /** Its files grew: another stall is worth another line. */
  grew(): void {
    if (performance.now() - this.stalledMs > FLUSHED_MS) this.stall = undefined;
  }

  /** A line that it wrote. */
  hear(line: string): void {
    const event = readLogLine(line);
    const complains = event === undefined ? COMPLAINT.test(line) : !NO_COMPLAINTS.includes(event.kind);
    if (complains) this.complaint = line.trim().replace(/^\[[\d:.]+\] \[\d+\] +/, '');
    if (event !== undefined) this.happened(event);
  }

  private happened(event: StockEvent): void {
    switch (event.kind) {
      case 'sync-mode':
        this.events.onRunning();
        break;
      case 'sync-achieved':
        this.events.onRunning();
        this.events.onBegan();
        this.events.onLine({ level: 'info', text: event.text });
        break;
      case 'halting':
        this.timeUp = true;
        this.events.onTimeUp();
        break;
      case 'in-use':
      case 'no-memory':
      case 'no-camera':
      case 'error':
        this.failed(event);
        break;
      case 'dropped':
        // How many there were is counted from its metadata.
        if (!this.dropped) this.events.onLine({ level: 'warning', text: event.text });
        this.dropped = true;
        break;
      case 'stalled':
        if (this.stall === undefined) this.events.onLine({ level: 'warning', text: event.text });
        this.stall = event.text;
        this.stalledMs = performance.now();
        break;
      case 'warning':
        this.events.onLine({ level: 'warning', text: event.text });
        break;
    }
  }

  /**
   * One trouble is told by several lines, the first of which is libcamera's; a stall ends in advice that says no more.
   */
  private failed(event: StockEvent): void {
    if (event.kind === 'error' && this.stall !== undefined) return;
    const same = (other: StockEvent): boolean => other.kind === event.kind && event.kind !== 'error';
    if (this.failures.some((other) => same(other) || other.words === event.words)) return;
    this.failures.push(event);
    if (this.failures.length > KEPT_ERRORS) this.failures.shift();
  }
}
