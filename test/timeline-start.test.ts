import { describe, expect, test } from 'vitest';
import { SyncClient } from '../src/sync/client.ts';
import { SYNC_DEFAULTS } from '../src/sync/controller.ts';
import type { ClientMachine, ServerMachine } from '../src/sync/machine.ts';
import { SyncServer } from '../src/sync/server.ts';
import { StockClient } from '../src/sync/stock-client.ts';
import { StockServer } from '../src/sync/stock-server.ts';
import { TrackingClient } from '../src/sync/tracking/client.ts';
import { TrackingServer } from '../src/sync/tracking/server.ts';
import { bootUs } from '../src/time/units.ts';
import { decodeMessage, encodeMessage, type SyncMessage } from '../src/wire/message.ts';

const FRAME_US = 1e6 / 30;
const LINE_US = 18.90352;
const EPOCH_US = 1.7e15;
const SETTINGS = { ...SYNC_DEFAULTS, frameDurationUs: FRAME_US };

const trackingServer = (readyFrame: number | 'open' = 100, sessionId = '0123456789abcdef') =>
  new TrackingServer({ sessionId, frameUs: FRAME_US, syncPeriod: 30, readyFrame, utcOffset: () => 330 });
const trackingClient = () =>
  new TrackingClient(
    {
      lineUs: LINE_US,
      controlDelayFrames: 2,
      shortestFrameUs: 1265 * LINE_US,
      longestFrameUs: 1e6,
      frameUs: 1763 * LINE_US,
    },
    FRAME_US,
  );
const stockClient = () => new SyncClient(new StockClient(SETTINGS), FRAME_US);

/** A server's frames with what it sends; stamps are a few us off, another few each frame. */
function* frames(server: ServerMachine, count: number, from = 0, seed = 1) {
  for (let n = from; n < from + count; n++) {
    const noise = ((n * 7919 * seed) % 13) - 6;
    const at = bootUs(1e9 + n * FRAME_US + noise);
    const frame = server.frame(EPOCH_US + at, at);
    yield { ...frame, at, message: frame.send && (decodeMessage(frame.send) as SyncMessage) };
  }
}

/** A client beside a server, `lateUs` behind it. @returns the client's last frame. */
function beside(
  server: ServerMachine,
  client: ClientMachine,
  count: number,
  { from = 0, lateUs = 40, change = (bytes: Uint8Array) => bytes, server: name = 'server:1' } = {},
) {
  let last: ReturnType<ClientMachine['frame']> | undefined;
  for (const { at, send } of frames(server, count, from)) {
    if (send) client.receive(change(send), name, EPOCH_US + at);
    last = client.frame(EPOCH_US + at + lateUs, bootUs(at + lateUs));
  }
  return last as ReturnType<ClientMachine['frame']>;
}

/** A message as an older genlock sends it. */
function withoutStart(bytes: Uint8Array): Uint8Array {
  const { envelope, ...message } = decodeMessage(bytes) as SyncMessage;
  const { start: _, ...older } = envelope ?? {};
  return encodeMessage({ ...message, envelope: older });
}

describe('a tracking server', () => {
  test('decides the start once, and every message from then on tells it', () => {
    const all = [...frames(trackingServer(), 400)];
    const [{ start } = {}] = all;
    expect(start?.utcOffsetMinutes).toBe(330);
    expect(new Set(all.map((frame) => frame.start))).toEqual(new Set([start]));
    const messages = all.flatMap(({ message }) => message ?? []);
    expect(messages.length).toBeGreaterThan(20);
    for (const { envelope } of messages) expect(envelope?.start).toEqual(start);
    // The ready time is an estimate that moves.
    expect(new Set(messages.map(({ readyTimeUs }) => readyTimeUs)).size).toBeGreaterThan(1);
    for (const { readyTimeUs } of messages) expect(Math.abs(readyTimeUs - (start?.wallUs ?? 0))).toBeLessThan(1000);
  });

  test('tells none as long as the beginning is open', () => {
    const server = trackingServer('open');
    const open = [...frames(server, 100)];
    expect(open.some(({ start }) => start)).toBe(false);
    expect(open.some(({ message }) => message?.envelope?.start)).toBe(false);
    server.begin();
    const [first, ...fixed] = [...frames(server, 100, 100)];
    expect(first?.start).toBeDefined();
    expect(fixed.every(({ start }) => start === first?.start)).toBe(true);
  });
});

describe.each([
  ['tracking', trackingClient],
  ['stock', stockClient],
])('a %s client', (_, client) => {
  test('has the start that its server decided, to the microsecond, however late it hears', () => {
    const server = trackingServer();
    const early = beside(server, client(), 150).start;
    const late = beside(server, client(), 100, { from: 3000, lateUs: -35 }).start;
    const decided = [...frames(server, 1, 3200)][0]?.start;
    expect([early, late]).toEqual([decided, decided]);
  });

  test('keeps it while the server is restarted', () => {
    const machine = client();
    const first = beside(trackingServer(), machine, 200).start;
    const second = trackingServer(100, 'fedcba9876543210');
    const { start } = beside(second, machine, 200, { from: 500 });
    expect(start).toEqual(first);
    expect([...frames(second, 1, 800)][0]?.start).not.toEqual(first);
  });

  test('takes the last ready time before the recording from an older genlock, whose local time it does not know', () => {
    const { start } = beside(trackingServer(), client(), 200, { change: withoutStart });
    const [{ start: decided } = {}] = [...frames(trackingServer(), 1)];
    expect(start?.utcOffsetMinutes).toBeUndefined();
    expect(Math.abs((start?.wallUs ?? 0) - (decided?.wallUs ?? 0))).toBeLessThan(1000);
  });

  test('takes it from a stock server too', () => {
    const server = new SyncServer(new StockServer(SETTINGS), FRAME_US);
    const { start } = beside(server, client(), 200);
    expect(start?.utcOffsetMinutes).toBeUndefined();
    expect(Math.abs((start?.wallUs ?? 0) - (EPOCH_US + 1e9 + 100 * FRAME_US))).toBeLessThan(1000);
  });
});
