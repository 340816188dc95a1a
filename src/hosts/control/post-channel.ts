import type { HostChannel } from './bus.ts';
import type { ChannelParcel } from './parcel.ts';

/** What waits is sent again where the other end did not say for so long that any of it came, in ms. */
const RESEND_MS = 1_000;
/** What has come is told of after so long at most, in ms: several at once. */
const TELL_MS = 100;
/** An end that has nothing to say says so as often, in ms. */
const STILL_HERE_MS = 10_000;
/** As many messages wait for the other end at most. */
const MOST_WAITING = 10_000;
/** So many are sent again at once. */
const MOST_AGAIN = 200;

/** What a channel needs of its bus. */
export interface ChannelWays {
  /** The name of this end. */
  readonly self: string;
  /** Sends to the other end. */
  send(parcel: ChannelParcel): void;
  /** When it is over, and the bus need not know it any more. */
  onOver(): void;
  /** Not heard for so long, a channel is lost; in ms. */
  readonly lostMs: number;
}

/**
 * One end of a channel: numbers what it sends, keeps it until the other end has it, and takes each number once, in
 * order. Times are `performance.now()`.
 */
export class PostChannel implements HostChannel {
  readonly name: string;
  readonly peer: string;
  private readonly id: string;
  private readonly ways: ChannelWays;
  /** Not known to have come yet: the first has the number `told`. */
  private waiting: { message: unknown; last?: true }[] = [];
  private told = 0;
  private heard = 0;
  private lastHeardMs: number;
  private sentMs: number;
  /** When anything began to wait, was sent again, or came last: however often there is something new to say. */
  private waitingMs: number;
  private tell: NodeJS.Timeout | undefined;
  /** False once it was closed here: nothing is called any more. */
  private open = true;
  private over = false;
  private early: unknown[] = [];
  private listener: ((message: unknown) => void) | undefined;
  private lostListener: ((reason: string) => void) | undefined;
  private lostReason: string | undefined;

  constructor(id: string, name: string, peer: string, ways: ChannelWays) {
    this.id = id;
    this.name = name;
    this.peer = peer;
    this.ways = ways;
    this.lastHeardMs = this.sentMs = this.waitingMs = performance.now();
  }

  send(message: unknown): void {
    if (this.open && !this.over) this.put({ message });
  }

  onMessage(listener: (message: unknown) => void): void {
    this.listener = listener;
    for (const message of this.early.splice(0)) listener(message);
  }

  onLost(listener: (reason: string) => void): void {
    this.lostListener = listener;
    if (this.lostReason !== undefined && this.open) listener(this.lostReason);
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    if (!this.over) this.put({ message: null, last: true });
  }

  /** Takes what the other end sent. */
  take(parcel: ChannelParcel): void {
    if (this.over) return;
    this.lastHeardMs = performance.now();
    if (parcel.is === 'unknown') this.lose(`${this.peer}: began anew`);
    else this.forget(parcel.heard);
    if (this.over || parcel.is === 'unknown' || parcel.is === 'heard') return;
    this.tell ??= setTimeout(() => this.tellHeard(), TELL_MS);
    // What comes again was heard; what comes too early comes again.
    if (parcel.number !== this.heard) return;
    this.heard++;
    if (parcel.last) {
      this.tellHeard();
      this.lose(`${this.peer}: closed it`);
    } else this.deliver(parcel.message);
  }

  /** What is due by the time: to be called about once a second while the broker is reached. */
  tick(): void {
    const now = performance.now();
    if (now - this.lastHeardMs > this.ways.lostMs) {
      this.lose(`${this.peer}: not heard for ${Math.round(this.ways.lostMs / 1000)} s`);
    } else if (this.waiting.length > 0) {
      if (now - this.waitingMs >= RESEND_MS) this.again();
    } else if (now - this.sentMs >= STILL_HERE_MS) this.tellHeard();
  }

  /** Sends again what may not have come. */
  again(): void {
    this.waitingMs = performance.now();
    for (const i of this.waiting.keys()) {
      if (i >= MOST_AGAIN) return;
      this.post(i);
    }
  }

  /** It can't go on. */
  lose(reason: string): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.tell);
    this.waiting = [];
    this.lostReason = reason;
    this.ways.onOver();
    if (this.open) this.lostListener?.(reason);
  }

  private put(item: { message: unknown; last?: true }): void {
    if (this.waiting.length === 0) this.waitingMs = performance.now();
    this.waiting.push(item);
    if (this.waiting.length > MOST_WAITING) this.lose(`${this.peer}: does not take what is sent to it`);
    else this.post(this.waiting.length - 1);
  }

  private post(i: number): void {
    this.sentMs = performance.now();
    const { id: channel, name, told: known, heard } = this;
    const item = { number: known + i, known, heard, ...this.waiting[i] };
    this.ways.send({ is: 'message', channel, from: this.ways.self, name, ...item });
  }

  private tellHeard(): void {
    clearTimeout(this.tell);
    this.tell = undefined;
    this.sentMs = performance.now();
    this.ways.send({ is: 'heard', channel: this.id, from: this.ways.self, heard: this.heard });
  }

  /** The other end has so many of what was sent. */
  private forget(heard: number): void {
    const came = this.waiting.splice(0, Math.max(0, heard - this.told));
    if (came.length > 0) this.waitingMs = performance.now();
    this.told += came.length;
    if (came.at(-1)?.last) this.lose('closed');
  }

  private deliver(message: unknown): void {
    if (!this.open) return;
    if (this.listener === undefined) this.early.push(message);
    else this.listener(message);
  }
}
