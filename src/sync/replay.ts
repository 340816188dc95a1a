import { nsToWholeUs } from '../time/units.ts';
import { decodeMessage, STOCK_BYTES, type SyncMessage } from '../wire/message.ts';
import type { SyncSettings } from './controller.ts';
import { StockClient } from './stock-client.ts';
import { StockServer } from './stock-server.ts';

/**
 * One run of a real server and a real client: the wall clocks they saw and what they decided. 64-bit numbers may be
 * decimal strings.
 */
export interface VectorCase extends SyncSettings {
  /** What the run is called. */
  readonly name: string;
  /** What happened, in order. */
  readonly events: readonly VectorEvent[];
}

/** A whole number: as text where it does not fit a double. */
export type Int = string | number;

/** A frame of a server or of a client in a recorded run, and what the stock program made of it. */
export type VectorEvent =
  | {
      at: 'server';
      wallClockNs: Int;
      ready: boolean;
      timerUs: Int;
      sent?: { frameDurationUs: Int; frameTimestampUs: Int; readyTimeUs: Int } | null;
    }
  | {
      at: 'client';
      wallClockNs: Int;
      /** The datagrams waiting at this frame, oldest first, as hex. */
      received?: readonly string[];
      ready: boolean;
      timerKnown: boolean;
      timerUs: Int;
      correctionUs: Int;
    };

/**
 * Replays recorded runs through our stock server and client.
 * @returns how many events there were, and one line for each that came out differently.
 */
export function replay(cases: readonly VectorCase[]): { events: number; mismatches: string[] } {
  const mismatches: string[] = [];
  let events = 0;
  for (const run of cases) {
    const server = new StockServer(run);
    const client = new StockClient(run);
    // The original reads every datagram into one buffer: a short one leaves the rest as it was.
    const buffer = new Uint8Array(STOCK_BYTES);
    for (const [i, event] of run.events.entries()) {
      events++;
      const wall = nsToWholeUs(BigInt(event.wallClockNs));
      const wrong = event.at === 'server' ? serverEvent(server, wall, event) : clientEvent(client, wall, event, buffer);
      if (wrong.length > 0) mismatches.push(`${run.name} event ${i} (${event.at}): ${wrong.join(', ')}`);
    }
  }
  return { events, mismatches };
}

function serverEvent(server: StockServer, wall: number, event: VectorEvent & { at: 'server' }): string[] {
  const { ready, timerUs, send } = server.frame(wall);
  const { sent } = event;
  return differences([
    ['ready', ready, event.ready],
    ['timerUs', timerUs, Number(event.timerUs)],
    ['sent', Boolean(send), Boolean(sent)],
    ['frameDurationUs', send?.frameDurationUs, sent ? Number(sent.frameDurationUs) : undefined],
    ['frameTimestampUs', send?.wallClockUs, sent ? Number(sent.frameTimestampUs) : undefined],
    ['readyTimeUs', send?.readyTimeUs, sent ? Number(sent.readyTimeUs) : undefined],
  ]);
}

function clientEvent(
  client: StockClient,
  wall: number,
  event: VectorEvent & { at: 'client' },
  buffer: Uint8Array,
): string[] {
  const messages = (event.received ?? []).map((hex) => {
    buffer.set(fromHex(hex).subarray(0, STOCK_BYTES));
    return decodeMessage(buffer) as SyncMessage;
  });
  const { ready, timerUs, correctionUs } = client.frame(wall, messages);
  return differences([
    ['ready', ready, event.ready],
    ['timerUs', timerUs, event.timerKnown ? Number(event.timerUs) : undefined],
    ['correctionUs', correctionUs, Number(event.correctionUs)],
  ]);
}

const differences = (fields: readonly (readonly [string, unknown, unknown])[]): string[] =>
  fields
    .filter(([, ours, theirs]) => ours !== theirs)
    .map(([name, ours, theirs]) => `${name} ${ours}, expected ${theirs}`);

/** Reads hex digits. @throws RangeError where the text is something else. */
export function fromHex(text: string): Uint8Array {
  if (!/^([0-9a-fA-F]{2})*$/.test(text)) throw new RangeError(`not hex: "${text}"`);
  return Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}
