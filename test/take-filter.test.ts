import { describe, expect, it } from 'vitest';
import { type Announcement, announcementIn, TakeFilter, toldStock } from '../src/run/camera/take-filter.ts';
import { TrackingServer } from '../src/sync/tracking/server.ts';
import { bootUs, wallUs } from '../src/time/units.ts';
import { decodeMessage, encodeMessage, type SyncMessage } from '../src/wire/message.ts';

const SESSION = '0123456789abcdef';
const OWN = { address: '127.0.0.1', port: 5000 };
const START_US = 1_700_000_000_000_000;
const FRAME_US = 33_333;
const STOCK = encodeMessage({ frameDurationUs: FRAME_US, wallClockUs: START_US, readyTimeUs: START_US + 3_333_300 });

/** What a server of ours sends in so many frames; it is told to begin at frame 60, and to pause at frame 150. */
function messages(frames: number, sessionId = SESSION): Uint8Array[] {
  const server = new TrackingServer({ sessionId, frameUs: FRAME_US, syncPeriod: 30, readyFrame: 'open' });
  return Array.from({ length: frames }, (_, frame) => {
    if (frame === 60) server.begin();
    if (frame === 150) server.change('pause');
    return server.frame(wallUs(START_US + frame * FRAME_US), bootUs(frame * FRAME_US)).send ?? [];
  }).flatMap((bytes) => (bytes instanceof Uint8Array ? [bytes] : []));
}

const message = (bytes: Uint8Array | undefined): SyncMessage => decodeMessage(bytes ?? new Uint8Array()) as SyncMessage;
const forged = (bytes: Uint8Array, envelope: SyncMessage['envelope'], more: Partial<SyncMessage> = {}): Uint8Array => {
  const real = message(bytes);
  return encodeMessage({ ...real, ...more, envelope: { ...real.envelope, ...envelope } });
};

describe('a camera of a take', () => {
  const first = messages(200);
  const last = first.at(-1) as Uint8Array;
  const { readyNumber } = announcementIn(last) as Announcement;
  const opened = (): TakeFilter => {
    const filter = new TakeFilter(SESSION);
    filter.sending([OWN.port]);
    return filter;
  };

  it("hears its server's messages as they are, once the channel told what they tell", () => {
    const filter = opened();
    let told = 0;
    for (const bytes of first) {
      const announcement = announcementIn(bytes);
      if (announcement !== undefined) filter.announce(announcement);
      if (announcement?.changes !== undefined) told++;
      expect(message(filter.pass(bytes, OWN))).toEqual(message(bytes));
    }
    expect(told).toBeGreaterThan(0);
    expect(filter.turnedAway).toBe(0);
  });

  it('is told nothing of a beginning before its server has fixed one', () => {
    const early = messages(59);
    expect(early.length).toBeGreaterThan(0);
    expect(early.map(announcementIn)).toEqual(early.map(() => undefined));
    expect(announcementIn(STOCK)).toBeUndefined();
  });

  it('hears nobody else: no other session, no other port, no other host, no stock camera', () => {
    const filter = opened();
    expect(filter.pass(messages(1, 'ffffffffffffffff')[0] as Uint8Array, OWN)).toBeUndefined();
    expect(filter.pass(last, { ...OWN, port: 5001 })).toBeUndefined();
    expect(filter.pass(last, { ...OWN, address: '203.0.113.5' })).toBeUndefined();
    expect(filter.pass(STOCK, OWN)).toBeUndefined();
    expect(filter.pass(Uint8Array.of(1, 2, 3), OWN)).toBeUndefined();
    expect(filter.turnedAway).toBe(5);
  });

  it('takes no beginning and no pause from the network', () => {
    const filter = opened();
    const open = first[3] as Uint8Array;
    const start = forged(
      open,
      { frameIndex: 5, changes: [{ kind: 'pause', index: 10 }], start: { wallUs: 3e14, utcOffsetMinutes: 0 } },
      { readyTimeUs: START_US },
    );
    const { envelope } = message(filter.pass(start, OWN));
    expect(envelope?.frameNumber).toBe(message(open).envelope?.frameNumber);
    expect([envelope?.frameIndex, envelope?.changes, envelope?.start]).toEqual([undefined, undefined, undefined]);
    filter.announce({ readyNumber });
    const heard = message(filter.pass(forged(last, { frameIndex: -3e14 }), OWN));
    expect(heard.envelope?.frameIndex).toBe((message(last).envelope?.frameNumber ?? 0) - readyNumber);
    expect(Math.abs(heard.readyTimeUs - message(last).readyTimeUs)).toBeLessThan(3);
  });

  it('throws for no number that fits its place', () => {
    const filter = opened();
    filter.announce({ readyNumber });
    const most = Number.MAX_SAFE_INTEGER;
    for (const frameNumber of [0, 2 ** 52, most]) {
      for (const wallClockUs of [0, 1, most]) {
        for (const frameDurationUs of [0, 0xffffffff]) {
          const bytes = forged(
            last,
            { frameNumber, periodUs: frameNumber / 2 ** 20 },
            { wallClockUs, frameDurationUs },
          );
          expect(() => filter.pass(bytes, OWN)).not.toThrow();
        }
      }
    }
    const beyond = Uint8Array.from(last);
    new DataView(beyond.buffer).setBigUint64(16, 2n ** 64n - 1n, true);
    expect(filter.pass(beyond, OWN)).toBeUndefined();
  });

  it('whose record is gone before it said when the recording begins takes that from its server', () => {
    const filter = opened();
    filter.orphan();
    expect(message(filter.pass(last, OWN))).toEqual(message(last));
  });

  it('that begins behind what its stock cameras are told says so of both: what a stock server announces, and what it is told', () => {
    const heard = message(new TakeFilter(undefined, 2).pass(STOCK, { address: '10.0.0.7', port: 9 }));
    const { readyTimeUs, frameDurationUs, ...same } = decodeMessage(STOCK) as SyncMessage;
    expect(heard).toEqual({ ...same, frameDurationUs, readyTimeUs: readyTimeUs + 2 * frameDurationUs });
    const { envelope, ...sent } = message(last);
    const told = message(toldStock(last, 2));
    expect(told.readyTimeUs).toBe(sent.readyTimeUs - Math.round(2 * (envelope?.periodUs ?? 0)));
    expect(told.envelope?.frameIndex).toBe((envelope?.frameIndex ?? 0) + 2);
    expect([told.wallClockUs, told.envelope?.frameNumber]).toEqual([sent.wallClockUs, envelope?.frameNumber]);
    expect(toldStock(last, 0)).toBe(last);
    expect(toldStock(new Uint8Array(3), 2)).toEqual(new Uint8Array(3));
  });

  it('of a stock server hears what has no envelope, as it came', () => {
    const filter = new TakeFilter(undefined);
    expect(filter.pass(STOCK, { address: '10.0.0.7', port: 9 })).toBe(STOCK);
    expect(filter.pass(last, OWN)).toBeUndefined();
  });
});
