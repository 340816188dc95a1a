import { describe, expect, it } from 'vitest';
import { ServerListener } from '../src/run/files/server-listener.ts';
import { StockServer } from '../src/sync/stock-server.ts';
import { TrackingServer } from '../src/sync/tracking/server.ts';
import { bootUs, wallUs } from '../src/time/units.ts';
import { encodeMessage } from '../src/wire/message.ts';

const START_US = 1_700_000_000_000_000;
const FRAME_US = 33_333;
const SETTINGS = { frameDurationUs: FRAME_US, syncPeriod: 30, readyFrame: 100, minAdjustmentUs: 50 };

describe('what a listener without a camera knows of the timeline', () => {
  it('of a stock server is the ready time that counted, and the true index of each message for half an hour', () => {
    const server = new StockServer(SETTINGS);
    const listener = new ServerListener(FRAME_US);
    // 40 ppm slow, and the duration on the wire rounded: from the ready time alone the index would be off by a frame.
    const trueUs = FRAME_US * 1.00004 + 0.4;
    let beginUs = 0;
    for (let frame = 0; frame < 54_000; frame++) {
      const us = Math.round(START_US + frame * trueUs);
      const { ready, send } = server.frame(us);
      if (ready && beginUs === 0) beginUs = us;
      if (send !== undefined) listener.receive(encodeMessage(send), 'pi', us + 300);
    }
    expect(Math.abs((listener.readyTimeUs ?? 0) - beginUs)).toBeLessThan(FRAME_US / 2);
    for (const { index, wallUs } of listener.anchors) {
      expect(index).toBe(Math.round((wallUs - beginUs) / trueUs));
    }
    expect(listener.anchors.at(-1)?.index).toBeGreaterThan(53_800);
    expect(listener.indexAt(listener.timeOf(54_321) as number)).toBe(54_321);
  });

  it('of a server that leaves the beginning open is nothing until it is fixed', () => {
    const server = new TrackingServer({
      sessionId: '0123456789abcdef',
      frameUs: FRAME_US,
      syncPeriod: 30,
      readyFrame: 'open',
    });
    const listener = new ServerListener(FRAME_US);
    let first: number | undefined;
    for (let frame = 0; frame < 400; frame++) {
      const us = START_US + frame * FRAME_US;
      if (frame === 100) {
        expect(listener.messages).toBeGreaterThan(10);
        expect([listener.readyTimeUs, listener.timeOf(0), listener.anchors.length]).toEqual([undefined, undefined, 0]);
        server.begin();
      }
      const { index, send } = server.frame(wallUs(us), bootUs(frame * FRAME_US));
      if (frame > 100 && index === 0) first = us;
      if (send !== undefined) listener.receive(send, '127.0.0.1:5', us + 300);
    }
    expect(Math.abs((listener.readyTimeUs ?? 0) - (first ?? 0))).toBeLessThan(5);
    expect(listener.anchors[0]?.index).toBeLessThan(0);
    expect(listener.timeOf(0)).toBeCloseTo(first as number, -1);
  });

  it('goes on by the boot clock: a step of the wall clock moves no frame', () => {
    const settings = { sessionId: '0123456789abcdef', frameUs: FRAME_US, syncPeriod: 30, readyFrame: 50 };
    const server = new TrackingServer(settings);
    const listener = new ServerListener(FRAME_US);
    const hearTo = (from: number, end: number, stepUs: number): number | undefined => {
      let place: number | undefined;
      for (let frame = from; frame < end; frame++) {
        const [us, boot] = [START_US + stepUs + frame * FRAME_US, frame * FRAME_US];
        const { index, send } = server.frame(wallUs(us), bootUs(boot));
        place = index;
        if (send !== undefined) listener.receive(send, '127.0.0.1:5', us + 300, boot + 300);
      }
      return place;
    };
    expect(listener.placeAt(0)).toBeUndefined();
    const place = hearTo(0, 200, 0) as number;
    expect(listener.placeAt(199 * FRAME_US)).toBeCloseTo(place, 2);
    // An hour on, before the next message and behind it.
    expect(listener.placeAt(209 * FRAME_US)).toBeCloseTo(place + 10, 2);
    const later = hearTo(200, 400, 3_600e6) as number;
    expect(listener.placeAt(399 * FRAME_US)).toBeCloseTo(later, 2);
    expect(later).toBe(place + 200);
  });

  it('is not disturbed by what is no message, nor by a second server', () => {
    const server = new StockServer(SETTINGS);
    const other = new StockServer(SETTINGS);
    const listener = new ServerListener(FRAME_US);
    for (let frame = 0; frame < 300; frame++) {
      const us = START_US + frame * FRAME_US;
      const send = server.frame(us).send;
      if (send !== undefined) listener.receive(encodeMessage(send), 'pi', us + 300);
      const strange = other.frame(us + 7_000_000).send;
      if (strange !== undefined) listener.receive(encodeMessage(strange), 'other', us + 400);
      listener.receive(Uint8Array.of(1, 2, 3), 'noise', us + 500);
    }
    expect(listener.messages).toBe(9);
    expect(listener.anchors.map(({ index }) => index)).toEqual([-70, -40, -10, 20, 50, 80, 110, 140, 170]);
  });
});
