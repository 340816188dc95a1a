import type { Sender } from '../../host/sync-socket.ts';
import { decodeMessage, type SyncMessage } from '../../wire/message.ts';

/** Frame durations that a camera can have, in us. */
const SHORTEST_US = 1_000;
const LONGEST_US = 10_000_000;
/** Messages of one sender before it counts as a server, and senders that are told apart at most. */
const MESSAGES = 3;
const MOST = 64;

/** Who else sends sync messages where a take listens. It is said once, not once a sender nor once a camera. */
export class ForeignServers {
  private readonly heard = new Map<string, number>();
  private said = false;

  /**
   * A datagram that is not of the take.
   * @returns a line, once, when a sender of such is a server by all that it sends.
   */
  update(bytes: Uint8Array, { address, port }: Sender): string | undefined {
    if (this.said) return undefined;
    const message = decodeMessage(bytes);
    if (message === undefined || !plausible(message)) return undefined;
    const { sessionId } = message.envelope ?? {};
    const who = `${address}:${port} ${sessionId}`;
    const messages = (this.heard.get(who) ?? 0) + 1;
    if (this.heard.has(who) || this.heard.size < MOST) this.heard.set(who, messages);
    if (messages < MESSAGES) return undefined;
    this.said = true;
    const session = sessionId === undefined ? 'a stock camera' : `session ${sessionId}`;
    const fps = (1e6 / message.frameDurationUs).toFixed(2);
    return `another server sends here: ${address}:${port}, ${session}, ${fps} fps; it is not of this take, which does not follow it`;
  }
}

const plausible = ({ frameDurationUs, wallClockUs }: SyncMessage): boolean =>
  frameDurationUs >= SHORTEST_US && frameDurationUs <= LONGEST_US && wallClockUs > 0;
