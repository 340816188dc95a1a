import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../src/sensor/random.ts';
import { aim } from '../src/sync/steering/aim.ts';
import { limitFor } from '../src/sync/steering/camera.ts';
import { CameraFrames } from '../src/sync/steering/camera-frames.ts';
import { EvenGrid } from '../src/sync/steering/grid.ts';
import { LeaderGrid } from '../src/sync/steering/leader-grid.ts';
import { LineArithmetic } from '../src/sync/steering/line-arithmetic.ts';
import { orderMessage, outcome, partsOf, ping, sureMessage } from '../src/sync/steering/order.ts';
import { ShapingDelay } from '../src/sync/steering/shaping-delay.ts';
import { Steerer } from '../src/sync/steering/steerer.ts';
import { StockMirror } from '../src/sync/steering/stock-mirror.ts';
import { StockClient } from '../src/sync/stock-client.ts';
import { bootUs } from '../src/time/units.ts';
import { decodeMessage, type SyncMessage } from '../src/wire/message.ts';

const LINE_US = 18.90352;
const PERIOD_US = 1e6 / 30;
const LIMIT_US = limitFor(PERIOD_US, LINE_US);
const FRAME_US = Math.round(PERIOD_US);
const NOW_US = 1.7e15;

/** What a stock client corrects, if a frame at `t` takes the message. */
function corrected(message: SyncMessage, t: number): number {
  const settings = { frameDurationUs: LIMIT_US, minAdjustmentUs: 0, syncPeriod: 30, readyFrame: 100 };
  const client = new StockClient(settings);
  client.frame(t - LIMIT_US, []);
  return client.frame(t, [message]).correctionUs;
}

const corrections = fc.integer({ min: -13_000, max: 3_000 });

describe('an order', () => {
  it('makes the stock client correct by exactly as much, and by as much a frame late', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), corrections, (ahead, correctionUs) => {
        const t = NOW_US + ahead;
        const message = orderMessage(t, correctionUs, FRAME_US, 'never');
        expect(corrected(message, t)).toBe(correctionUs);
        expect(corrected(message, t + FRAME_US)).toBe(correctionUs);
        expect(outcome(message, t + 7)).toBe(corrected(message, t + 7));
      }),
    );
  });

  it('never makes a frame longer by more than half of one, or of the part it is divided into, whatever the clock does', () => {
    fc.assert(
      fc.property(fc.integer({ min: -266_000, max: 4e9 }), corrections, (stepUs, correctionUs) => {
        const parts = partsOf(FRAME_US, Math.abs(correctionUs));
        const whole = orderMessage(NOW_US, correctionUs, FRAME_US, 'never');
        const divided = orderMessage(NOW_US, correctionUs, FRAME_US, 'never', parts);
        // The stock algorithm lets no time go back by more than half a frame.
        const t = Math.max(NOW_US + stepUs, NOW_US - LIMIT_US / 2);
        expect(Math.abs(outcome(whole, Math.floor(t)))).toBeLessThanOrEqual(FRAME_US / 2 + 1);
        expect(Math.abs(outcome(divided, Math.floor(t)))).toBeLessThanOrEqual(FRAME_US / parts / 2 + 1);
      }),
    );
  });

  it('of small corrections is divided so that all parts together are a frame to a microsecond', () => {
    for (const frameUs of [33_333, 16_667, 40_000, 33_367, 8_333]) {
      const parts = partsOf(frameUs, 600);
      expect(Math.abs(parts * Math.round(frameUs / parts) - frameUs)).toBeLessThanOrEqual(1);
      expect(frameUs / parts / 2).toBeGreaterThan(600);
      expect(frameUs < 2_500 || parts > 1).toBe(true);
    }
  });

  it('that is a ping corrects nothing whenever it is taken', () => {
    fc.assert(
      fc.property(fc.integer({ min: -900_000, max: 1e10 }), (ahead) => {
        expect(Math.abs(corrected(ping(NOW_US, 'never'), NOW_US + ahead))).toBe(0);
      }),
    );
  });
});

describe('a sure order', () => {
  const models = [18.90352, 13.36, 15.24, 14.8, 9.56];

  it('makes a line more than at rest, whenever it is taken and whatever the noise', () => {
    fc.assert(
      fc.property(fc.constantFrom(...models), fc.integer({ min: -1e9, max: 3.6e9 }), (lineUs, ahead) => {
        const limitUs = limitFor(PERIOD_US, lineUs);
        const arithmetic = new LineArithmetic(limitUs, lineUs);
        const durationUs = arithmetic.sureDuration(arithmetic.rest + 1) as number;
        const message = sureMessage(NOW_US, durationUs, 'never');
        expect(Math.floor((limitUs - corrected(message, NOW_US + ahead)) / lineUs)).toBe(arithmetic.rest + 1);
      }),
    );
  });

  it('changes a frame by a line at most where the clock is set hours ahead', () => {
    const arithmetic = new LineArithmetic(LIMIT_US, LINE_US);
    const message = sureMessage(NOW_US, arithmetic.sureDuration(arithmetic.rest + 1) as number, 'never');
    for (let i = 0; i < 200; i++) {
      const lines = arithmetic.linesAfter(corrected(message, NOW_US + 9 * 3600e6 + i * 7));
      expect(Math.abs(lines - arithmetic.rest)).toBeLessThanOrEqual(1);
    }
  });

  it('is there for the next number of lines alone, and only where the limit is far enough above the lines at rest', () => {
    const arithmetic = new LineArithmetic(LIMIT_US, LINE_US);
    const { rest } = arithmetic;
    expect(rest).toBe(Math.floor(PERIOD_US / LINE_US));
    for (const lines of [rest - 1, rest, rest + 2]) expect(arithmetic.sureDuration(lines)).toBeUndefined();
    const low = new LineArithmetic(Math.ceil(rest * LINE_US), LINE_US);
    expect([low.rest, low.sureDuration(rest + 1)]).toEqual([rest, undefined]);
  });
});

describe('the mirror of the stock client', () => {
  it('has its time at every frame, through steps of the clock and frames that the algorithm leaves out', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(0, 0, 0, 0, 300, -300, 100_000, -100_000, 3.6e9), { maxLength: 60 }),
        (steps) => {
          const frameUs = 16_667;
          const settings = { frameDurationUs: frameUs, minAdjustmentUs: 0, syncPeriod: 30, readyFrame: 100 };
          const client = new StockClient(settings);
          const mirror = new StockMirror(frameUs, 30_000);
          let clockUs = NOW_US;
          let lastRunUs = Number.NEGATIVE_INFINITY;
          for (const [frame, step] of steps.entries()) {
            const sensorUs = frame * frameUs;
            clockUs += frameUs + step;
            const t = mirror.frame(frame, sensorUs, clockUs, undefined);
            if (sensorUs - lastRunUs < 30_000) {
              expect(t).toBeUndefined();
              continue;
            }
            lastRunUs = sensorUs;
            // With frames of 1 us nothing is corrected, and the timer tells the time.
            const { timerUs } = client.frame(clockUs, [ping(clockUs, clockUs)]);
            if (frame > 0) expect(t).toBe(clockUs - (timerUs as number));
          }
        },
      ),
    );
  });
});

describe('the frames of a camera', () => {
  it('start when they do though its algorithm leaves out the one that an order was meant for', () => {
    // It runs on every other frame.
    const mirror = new StockMirror(LIMIT_US, 1.2 * FRAME_US);
    const arithmetic = new LineArithmetic(LIMIT_US, LINE_US);
    const frames = new CameraFrames(arithmetic, mirror, 2);
    frames.report({ channel: 'metadata', sensorUs: bootUs(0), wallUs: NOW_US });
    const frame = (frames.last as number) + 1;
    const takenUs = NOW_US + FRAME_US;
    frames.sent({
      message: orderMessage(takenUs, -500, FRAME_US, 'never'),
      frame,
      lines: 0,
      risk: 0,
      correctionUs: undefined,
    });
    const starts = [1, 2, 3, 4, 5].map((ahead) => frames.start((frames.last as number) + ahead));
    const rest = arithmetic.rest * LINE_US;
    const longer = starts.slice(1).map((us, i) => Math.round((us - (starts[i] as number) - rest) / LINE_US));
    expect(longer.filter((lines) => lines !== 0)).toEqual([arithmetic.linesAfter(-500) - arithmetic.rest]);
  });
});

describe('lines of a correction', () => {
  it('are those that were wanted, anywhere between the borders, floored or rounded', () => {
    const arithmetic = new LineArithmetic(LIMIT_US, LINE_US);
    expect(arithmetic.rest).toBe(1763);
    for (const lines of [1700, 1762, 1764, 2400])
      for (const place of [0.1, 0.5, 0.9])
        expect(arithmetic.linesAfter(Math.round(arithmetic.correctionFor(lines, place)))).toBe(lines);
  });

  it('tell how the process rounds after a few of them', () => {
    const arithmetic = new LineArithmetic(LIMIT_US, LINE_US);
    const random = new Random(5);
    for (let i = 0; i < 12; i++) {
      const correctionUs = Math.round(random.between(-300, 300));
      arithmetic.observe(correctionUs, Math.round((LIMIT_US - correctionUs) / LINE_US));
    }
    expect(arithmetic.rounding).toBe('round');
    for (const lines of [1762, 1764])
      expect(Math.round((LIMIT_US - arithmetic.correctionFor(lines, 0.5)) / LINE_US)).toBe(lines);
  });
});

describe('the delay of orders', () => {
  it('is found again when it moves by one, by which orders fit which lengths', () => {
    const random = new Random(3);
    const ordered = Array.from({ length: 200 }, () => (random.chance(0.4) ? 1 : 0));
    const delay = new ShapingDelay(4);
    for (let frame = 10; frame < 200; frame++) {
      const real = frame < 60 ? 4 : frame < 120 ? 5 : 4;
      delay.observe((each) => ordered[frame - each] === ordered[frame - real]);
      if (frame === 59 || frame === 199) expect(delay.frames).toBe(4);
      if (frame === 119) expect(delay.frames).toBe(5);
    }
  });
});

describe('the aim of an order', () => {
  it('costs less than the middle and than places beside it, tried with noise', () => {
    const cost = (place: number, error: number, noise: number): number => {
      const random = new Random(9);
      let sum = 0;
      for (let i = 0; i < 40_000; i++) sum += (error + Math.floor(place + noise * random.gauss())) ** 2;
      return sum / 40_000;
    };
    for (const error of [-0.4, -0.2, 0.3, 0.45]) {
      const { place, cost: stated } = aim(error, 0.33);
      const real = cost(place, error, 0.33);
      expect(Math.abs(real - stated)).toBeLessThan(0.02);
      for (const other of [0.5, place - 0.1, place + 0.1]) expect(real).toBeLessThan(cost(other, error, 0.33) + 0.003);
    }
  });
});

describe('the grid of a leader', () => {
  it('goes on as evenly as the leader did, a minute after it was heard last', () => {
    const grid = new LeaderGrid(33_326.9);
    const random = new Random(4);
    for (let frame = 0; frame < 900; frame++) if (frame % 7 > 0) grid.stamp(1e9 + frame * 33_328 + 3 * random.gauss());
    // The first stamp was of frame 1.
    expect(Math.abs((grid.at(900 + 1799) as number) - (1e9 + 2700 * 33_328))).toBeLessThan(20);
  });
});

describe('a steerer', () => {
  const camera = {
    lineUs: LINE_US,
    limitUs: LIMIT_US,
    shortestFrameUs: 23_900,
    readoutUs: 23_300,
    delayFrames: 4,
    skipBelowUs: 30_000,
  };
  const report = (channel: 'log' | 'metadata', us: number) =>
    ({ channel, sensorUs: bootUs(us), wallUs: NOW_US + us, lines: 1763, durationUs: 33_326 }) as const;

  it('falls from log to metadata to the grid, each time with the reason', () => {
    const steerer = new Steerer(camera, new EvenGrid(0, PERIOD_US));
    steerer.start(0);
    expect(steerer.channel).toBe('log');
    steerer.wake(3e6, NOW_US);
    expect([steerer.channel, steerer.reason]).toEqual(['metadata', 'no log within 3 s']);
    steerer.wake(6e6, NOW_US);
    expect([steerer.channel, steerer.reason]).toEqual(['grid', 'no log and no metadata within 6 s']);
    expect(steerer.wake(6.3e6, NOW_US + 6.3e6)).toBeDefined();
  });

  it('takes metadata for lost that come too late to steer by, and says how late', () => {
    const steerer = new Steerer(camera, new EvenGrid(0, PERIOD_US));
    steerer.start(0);
    steerer.wake(3e6, NOW_US);
    for (let frame = 0; frame < 40; frame++)
      steerer.report(report('metadata', 3e6 + frame * 33_327), 5e6 + frame * 33_327);
    expect([steerer.channel, steerer.reason]).toEqual(['grid', 'metadata come 60 frames late']);
  });

  it('goes on by metadata where the log falls silent', () => {
    const steerer = new Steerer(camera, new EvenGrid(0, PERIOD_US));
    steerer.start(0);
    for (let us = 1e6; us < 2e6; us += 33_327) steerer.report(report('log', us), us + 25_000);
    for (let us = 2e6; us < 5e6; us += 33_327) {
      steerer.report(report('metadata', us), us + 200_000);
      steerer.wake(us + 200_000, NOW_US + us);
    }
    expect([steerer.channel, steerer.reason]).toEqual(['metadata', 'the log has been silent for 2 s']);
    steerer.wake(8e6, NOW_US + 8e6);
    expect([steerer.channel, steerer.reason]).toEqual(['grid', 'nothing heard for 2.8 s']);
  });

  it('whose process shall begin on time steers it unheard up to then, by its metadata from then on', () => {
    const grid = new EvenGrid(0, PERIOD_US);
    const steerer = new Steerer(camera, grid, { startsOnTime: true });
    const readyTimes: number[] = [];
    const pass = (fromUs: number, toUs: number): void => {
      for (let us = fromUs; us < toUs; us += 5_000) {
        const bytes = (steerer.wakeUs ?? Number.POSITIVE_INFINITY) <= us ? steerer.wake(us, NOW_US + us) : undefined;
        if (bytes !== undefined) readyTimes.push((decodeMessage(bytes) as SyncMessage).readyTimeUs - NOW_US);
      }
    };
    steerer.start(0);
    pass(0, 20e6);
    expect([steerer.channel, steerer.reason]).toEqual(['metadata', 'no log within 3 s']);
    // For as long as nobody knows when the recording begins, no message lets it begin.
    expect(readyTimes.length).toBeGreaterThan(50);
    for (const us of readyTimes) expect(us).toBeGreaterThan(60e6);
    steerer.begin(630);
    readyTimes.length = 0;
    pass(20e6, 21e6);
    for (const us of readyTimes) expect(Math.abs(us - grid.at(630))).toBeLessThanOrEqual(PERIOD_US / 2 + 1);
    for (let us = 21e6; us < 23e6; us += 33_327) {
      steerer.report(report('metadata', us), us + 270_000);
      pass(us + 270_000, us + 270_000 + 33_327);
    }
    expect([steerer.channel, steerer.at(23e6).state]).toEqual(['metadata', 'acquiring']);
    pass(23.3e6, 26e6);
    expect([steerer.channel, steerer.reason.slice(0, 17)]).toEqual(['grid', 'nothing heard for']);
  });

  it('whose process says nothing in the first seconds of its recording either goes on unheard, and says so', () => {
    const steerer = new Steerer(camera, new EvenGrid(0, PERIOD_US), { startsOnTime: true });
    steerer.start(0);
    steerer.wake(3e6, NOW_US);
    steerer.begin(300);
    steerer.wake(12.9e6, NOW_US);
    expect(steerer.channel).toBe('metadata');
    steerer.wake(13.1e6, NOW_US);
    expect([steerer.channel, steerer.reason]).toEqual([
      'grid',
      'no log and no metadata in the first 3 s of the recording',
    ]);
  });

  it('whose camera leads tells it nothing but when the recording begins, half a frame before that', () => {
    const grid = new LeaderGrid(33_327);
    const steerer = new Steerer(camera, grid, { leads: grid });
    steerer.start(0);
    for (let us = 1e6; us < 3e6; us += 33_327) {
      expect(steerer.wake(us + 20_000, NOW_US + us + 20_000)).toBeUndefined();
      steerer.report(report('log', us), us + 25_000);
    }
    expect(steerer.at(3e6).state).toBe('locked');
    steerer.begin(90);
    const message = decodeMessage(steerer.wake(3.03e6, NOW_US + 3.03e6) as Uint8Array) as SyncMessage;
    expect(corrected(message, NOW_US + 3.04e6)).toBe(0);
    expect(message.readyTimeUs - NOW_US).toBe(Math.round(1e6 + 89.5 * 33_327));
  });

  it('whose camera shall lead and is never heard has nobody lead, and tells it of an even grid', () => {
    const grid = new LeaderGrid(33_327);
    const steerer = new Steerer(camera, grid, { leads: grid });
    steerer.start(0);
    for (let us = 0; us < 6.1e6; us += 50_000) steerer.wake(us, NOW_US + us);
    expect([steerer.channel, grid.periodUs]).toEqual(['grid', 33_327]);
    expect(grid.at(1)).toBe(6e6 + 33_327);
    expect(steerer.wake(6.3e6, NOW_US + 6.3e6)).toBeDefined();
  });
});
