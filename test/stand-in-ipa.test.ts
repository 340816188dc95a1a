import { describe, expect, it } from 'vitest';
import { StandInIpa, type StandInIpaOptions } from '../src/run/stand-in/ipa.ts';
import { readPayload } from '../src/run/stand-in/payload.ts';
import { decodeMessage, encodeMessage } from '../src/wire/message.ts';

const LINE_US = 18.90352;
const START_US = 1_795_000_000_000_000;
const OPTIONS: StandInIpaOptions = {
  sync: 'client',
  settings: { syncPeriod: 30, readyFrame: 100, minAdjustmentUs: 0 },
  limitUs: 33_333,
  lineUs: LINE_US,
  skipBelowUs: 30_000,
  orderFrames: 3,
  orderMovesUs: Number.POSITIVE_INFINITY,
  rounds: false,
};
const FRAME_US = 1763 * LINE_US;
const at = (number: number, periodUs = FRAME_US) => ({
  number,
  sensorUs: 1e6 + number * periodUs,
  wallUs: START_US + number * periodUs,
  exposureUs: 4000,
  gain: 1,
});
/** Says that a frame is so many us behind its place, and that the recording began long ago. */
const behind = (number: number, us: number, readyTimeUs = 1): Uint8Array =>
  encodeMessage({ frameDurationUs: 33_327, wallClockUs: Math.round(at(number).wallUs - us) - 6 * 33_327, readyTimeUs });

describe('what libcamera makes of frames, as a stand-in has it', () => {
  it('shapes one frame, three after the one that took the message, in whole lines', () => {
    const ipa = new StandInIpa(OPTIONS);
    const decisions = Array.from({ length: 10 }, (_, n) => ipa.frame(at(n), n === 4 ? [behind(4, 100)] : []));
    // 33,333 - 100 us are 1758.03 lines.
    expect(decisions.map(({ order }) => order)[4]).toEqual({ frame: 7, lines: 1758 });
    expect(decisions.map(({ lines }) => lines)).toEqual([...Array(7).fill(1763), 1758, 1763, 1763]);
  });

  it('throws away what came before its first frame, and of what comes later takes the last', () => {
    const ipa = new StandInIpa(OPTIONS);
    const first = ipa.frame(at(0), [behind(0, 500)]);
    expect([first.ready, first.order, first.ran?.timerUs]).toEqual([false, undefined, undefined]);
    const second = ipa.frame(at(1), [behind(1, 500), behind(1, -60)]);
    expect(second.ready).toBe(true);
    expect(second.order?.lines).toBe(Math.floor((33_333 + 60) / LINE_US));
  });

  it('leaves out frames that come too soon, and begins with one that it runs on', () => {
    const ipa = new StandInIpa({ ...OPTIONS, limitUs: 20_000 });
    const ran = Array.from({ length: 7 }, (_, n) => {
      const waiting = ipa.runsOn(at(n, 20_000).sensorUs) ? [behind(n, 0)] : undefined;
      const { ready, ran: done } = ipa.frame(at(n, 20_000), n < 3 ? waiting && [] : waiting);
      return [done !== undefined, ready];
    });
    expect(ran.map(([done]) => done)).toEqual([true, false, true, false, true, false, true]);
    expect(ran.findIndex(([, ready]) => ready)).toBe(4);
  });

  it('without a socket counts nothing and says nothing of a ready time', () => {
    const ipa = new StandInIpa(OPTIONS);
    expect(ipa.frame(at(0), undefined)).toMatchObject({ ready: false, ran: undefined });
    expect(ipa.frame(at(1), [behind(1, 500)]).order).toBeUndefined();
    expect(ipa.frame(at(2), [behind(2, 500)]).order).toBeDefined();
  });
});

describe('a datagram that a stock client reads', () => {
  it('overwrites as much as it has, over what the one before left', () => {
    const whole = behind(3, 0);
    const message = decodeMessage(whole);
    expect(readPayload([])).toBeUndefined();
    expect(readPayload([Uint8Array.of(9), whole])).toEqual(message);
    const last = readPayload([whole, Uint8Array.of(9)]);
    expect(last).toEqual({ ...message, frameDurationUs: (33_327 & ~0xff) | 9 });
    expect(readPayload([Uint8Array.of(9)])).toEqual({ frameDurationUs: 9, wallClockUs: 0, readyTimeUs: 0 });
    expect(readPayload([Uint8Array.from([...whole, 1, 2, 3])])).toEqual(message);
  });
});
