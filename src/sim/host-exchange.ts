import type { Random } from '../sensor/random.ts';
import { type Answer, ClockExchange } from '../sync/exchange/clock-exchange.ts';
import { HostMessages } from '../sync/exchange/host-messages.ts';
import { bootOf, type HostClocks, trueOf } from './host-clocks.ts';
import { Link, type LinkOptions } from './link.ts';

/** The exchange of times between a world's hosts. */
export interface HostExchangeOptions {
  /** The path of questions. */
  readonly there: LinkOptions;
  /** The path of answers. Default: as that of the questions. */
  readonly back?: LinkOptions;
}

/** A host that answers. */
export interface AnsweringHost {
  /** Names the run of it. */
  readonly hostId: string;
  /** Its clocks. */
  readonly clocks: HostClocks;
}

/** How long a host takes from a question to its answer, in us. */
const HOLDS_US = [20, 200] as const;

/** One host's exchange with the server's host, in virtual time, and what its camera's process makes of messages. */
export class HostExchange {
  private readonly exchange = new ClockExchange();
  private readonly messages = new HostMessages();
  private readonly clocks: HostClocks;
  private readonly random: Random;
  private readonly there: Link;
  private readonly back: Link;
  private readonly hostAt: (trueUs: number) => AnsweringHost | undefined;
  /** Answers under way, the next to come last. */
  private readonly underWay: { readonly atUs: number; readonly answer: Omit<Answer, 'cameUs'> }[] = [];
  private answering: AnsweringHost | undefined;

  constructor(
    { there, back = there }: HostExchangeOptions,
    clocks: HostClocks,
    random: Random,
    hostAt: (trueUs: number) => AnsweringHost | undefined,
  ) {
    this.clocks = clocks;
    this.random = random;
    this.there = new Link(there, random);
    this.back = new Link(back, random);
    this.hostAt = hostAt;
    this.exchange.wakeUs = bootOf(clocks, 0);
  }

  /** Brings a message here that comes in at a true time; undefined where it can't be. */
  bring(bytes: Uint8Array, wallUs: number, trueUs: number): Uint8Array | undefined {
    this.run(trueUs);
    return this.messages.bring(bytes, wallUs, bootOf(this.clocks, trueUs));
  }

  /** At a true time: what the other host's clock is read off by, and what that is stated to be at most. In us. */
  reading(trueUs: number): { errorUs: number; boundUs: number } | undefined {
    this.run(trueUs);
    const { answering } = this;
    const ours = bootOf(this.clocks, trueUs);
    const reading = answering && this.messages.reading(ours, answering.hostId);
    if (answering === undefined || reading === undefined) return undefined;
    return { errorUs: reading.offsetUs - (bootOf(answering.clocks, trueUs) - ours), boundUs: reading.boundUs };
  }

  private run(untilUs: number): void {
    const { exchange, underWay, clocks } = this;
    for (;;) {
      const askUs = trueOf(clocks, exchange.wakeUs);
      const next = underWay.at(-1);
      if (next !== undefined && next.atUs <= Math.min(askUs, untilUs)) {
        underWay.pop();
        this.come(next);
      } else if (askUs <= untilUs) this.ask(askUs);
      else return;
    }
  }

  private ask(trueUs: number): void {
    const { sequence, askedUs } = this.exchange.ask(bootOf(this.clocks, trueUs));
    for (const heardAt of this.there.arrivals(trueUs)) {
      const answeredAt = heardAt + this.random.between(...HOLDS_US);
      const host = this.hostAt(heardAt);
      if (host === undefined) continue;
      const [heardUs, answeredUs] = [bootOf(host.clocks, heardAt), bootOf(host.clocks, answeredAt)];
      const answer = { sequence, hostId: host.hostId, askedUs, heardUs, answeredUs };
      for (const atUs of this.back.arrivals(answeredAt)) this.underWay.push({ atUs, answer });
    }
    this.underWay.sort((a, b) => b.atUs - a.atUs);
  }

  private come({ atUs, answer }: { atUs: number; answer: Omit<Answer, 'cameUs'> }): void {
    const cameUs = bootOf(this.clocks, atUs);
    if (!this.exchange.answered({ ...answer, cameUs })) return;
    const offset = this.exchange.offset(cameUs);
    if (offset === undefined) return;
    this.answering = this.hostAt(atUs) ?? this.answering;
    this.messages.tell(answer.hostId, offset);
  }
}
