import { OptionError, UsageError } from '../../errors.ts';
import { version } from '../../version.ts';
import type { AnswerParcel, OrderParcel } from './parcel.ts';

/** Does orders of one kind. */
export type OrderHandler = (payload: unknown, from: string) => Promise<unknown>;

/** So many answers are kept for those who ask again. */
const MOST_KEPT = 1_000;

/** Orders that come to this end: each is done once, and answered as often as it comes. */
export class DoneOrders {
  private readonly handlers = new Map<string, OrderHandler>();
  /** By who asks and the order's id; undefined while it is done. */
  private readonly answers = new Map<string, AnswerParcel | undefined>();
  private readonly send: (to: string, answer: AnswerParcel) => void;

  constructor(send: (to: string, answer: AnswerParcel) => void) {
    this.send = send;
  }

  /** @returns what takes the handler away. */
  handle(kind: string, handler: OrderHandler): () => void {
    if (this.handlers.has(kind)) throw new Error(`${kind}: orders of this kind have a handler`);
    this.handlers.set(kind, handler);
    return () => void this.handlers.delete(kind);
  }

  take(order: OrderParcel): void {
    const key = `${order.from}/${order.id}`;
    if (this.answers.has(key)) {
      const answer = this.answers.get(key);
      if (answer !== undefined) this.send(order.from, answer);
      return;
    }
    this.answers.set(key, undefined);
    void this.do(order).then((answer) => {
      this.answers.set(key, answer);
      this.send(order.from, answer);
      if (this.answers.size > MOST_KEPT) this.dropOldest();
    });
  }

  private async do({ id, kind, with: payload, from }: OrderParcel): Promise<AnswerParcel> {
    try {
      const handler = this.handlers.get(kind);
      if (handler === undefined) throw new UsageError(`does not know what '${kind}' is (it has genlock ${version})`);
      return { is: 'answer', id, value: await handler(payload, from) };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const fault = error instanceof OptionError ? { fault: error.fault } : {};
      return { is: 'answer', id, value: null, error: { message, usage: error instanceof UsageError, ...fault } };
    }
  }

  private dropOldest(): void {
    for (const [key, answer] of this.answers) {
      // One that is being done must not be done again.
      if (answer === undefined) continue;
      this.answers.delete(key);
      return;
    }
  }
}
