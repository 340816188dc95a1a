import { decodeMessage, STOCK_BYTES, type SyncMessage } from '../../wire/message.ts';

/**
 * The message that a stock client makes of the datagrams that it finds waiting: it reads each into the same 40 bytes,
 * whatever it is, and the last one counts. A short one leaves what the one before wrote; what nobody wrote is 0 here,
 * and anything there.
 * @returns undefined where none is waiting.
 */
export function readPayload(datagrams: readonly Uint8Array[]): SyncMessage | undefined {
  if (datagrams.length === 0) return undefined;
  const payload = new Uint8Array(STOCK_BYTES);
  for (const datagram of datagrams) payload.set(datagram.subarray(0, STOCK_BYTES));
  return decodeMessage(payload);
}
