import { FailureError, OptionError, UsageError } from '../../errors.ts';
import type { HostState } from './host-state.ts';
import type { AnswerParcel, OrderParcel } from './parcel.ts';

/** An order without an answer is sent again after so long, in ms: it is done once all the same. */
const RESEND_MS = 2_000;
/** A host, or the broker, that was there may be away for so long before an order to it fails, in ms. */
const AWAY_MS = 10_000;

interface AskedOrder {
  readonly host: string;
  readonly parcel: OrderParcel;
  /** The run of the agent that was asked; undefined where it was not known yet. */
  hostId: string | undefined;
  sentMs: number;
  /** Since when its host or the broker is away. */
  awaySinceMs: number | undefined;
  readonly answer: (answer: AnswerParcel) => void;
  readonly fail: (error: unknown) => void;
}

/** What orders need of their bus. */
export interface OrderWays {
  send(host: string, parcel: OrderParcel): void;
  host(name: string): HostState | undefined;
  /** True while the broker is reached. */
  reached(): boolean;
}

/** Orders that this end gave, until they are answered. Times are `performance.now()`. */
export class AskedOrders {
  private readonly open = new Map<string, AskedOrder>();
  private readonly ways: OrderWays;

  constructor(ways: OrderWays) {
    this.ways = ways;
  }

  /** @throws as `ControlBus.order` says. */
  async ask(host: string, parcel: OrderParcel, signal?: AbortSignal): Promise<unknown> {
    signal?.throwIfAborted();
    const known = this.ways.host(host);
    if (known?.present === false) throw new FailureError(`${host}: is not there`);
    const answer = await new Promise<AnswerParcel>((resolve, reject) => {
      const now = performance.now();
      const order: AskedOrder = {
        ...{ host, parcel, hostId: known?.hostId, sentMs: now, awaySinceMs: undefined },
        ...{ answer: resolve, fail: reject },
      };
      this.open.set(parcel.id, order);
      signal?.addEventListener('abort', () => this.settle(parcel.id)?.fail(signal.reason), { once: true });
      this.ways.send(host, parcel);
    });
    if (answer.error === undefined) return answer.value;
    const { message, usage, fault } = answer.error;
    if (fault !== undefined) throw new OptionError(fault.option, fault.value, fault.text, { of: host });
    throw new (usage ? UsageError : FailureError)(`${host}: ${message}`);
  }

  take(answer: AnswerParcel): void {
    this.settle(answer.id)?.answer(answer);
  }

  /** What is due by the time: to be called about once a second, and with `all` when the broker is reached again. */
  tick(all = false): void {
    const now = performance.now();
    for (const [id, order] of this.open) {
      const state = this.ways.host(order.host);
      if (state !== undefined) order.hostId ??= state.hostId;
      if (state !== undefined && state.hostId !== order.hostId) {
        this.fail(id, `${order.host}: began anew before it answered`);
        continue;
      }
      const there = this.ways.reached() && state?.present === true;
      if (there) order.awaySinceMs = undefined;
      else order.awaySinceMs ??= now;
      if (order.awaySinceMs !== undefined && now - order.awaySinceMs >= AWAY_MS) {
        const gone = state === undefined ? 'is not there' : 'went away before it answered';
        this.fail(id, `${order.host}: ${this.ways.reached() ? gone : 'is out of reach: the broker does not answer'}`);
      } else if (there && (all || now - order.sentMs >= RESEND_MS)) {
        order.sentMs = now;
        this.ways.send(order.host, order.parcel);
      }
    }
  }

  /** Ends them all. */
  close(): void {
    for (const [id, { host }] of this.open) this.fail(id, `${host}: was not waited for`);
  }

  private fail(id: string, message: string): void {
    this.settle(id)?.fail(new FailureError(message));
  }

  private settle(id: string): AskedOrder | undefined {
    const order = this.open.get(id);
    this.open.delete(id);
    return order;
  }
}
