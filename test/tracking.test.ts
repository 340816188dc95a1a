import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../src/sensor/random.ts';
import type { SteeredCamera } from '../src/sync/steered-camera.ts';
import { TrackingClient } from '../src/sync/tracking/client.ts';
import { LineFilter } from '../src/sync/tracking/line-filter.ts';
import { TrackingServer } from '../src/sync/tracking/server.ts';
import { SteadyClock } from '../src/sync/tracking/steady-clock.ts';
import { bootUs } from '../src/time/units.ts';
import { decodeMessage, encodeMessage } from '../src/wire/message.ts';

const LINE_US = 18.90352;
const FRAME_US = 1763 * LINE_US;
const EPOCH_US = 1.7e15;
const camera: SteeredCamera = {
  lineUs: LINE_US,
  controlDelayFrames: 2,
  shortestFrameUs: 1265 * LINE_US,
  longestFrameUs: 1e6,
  frameUs: FRAME_US,
};
const newServer = (readyFrame: number | 'open' = 100, channel = false) =>
  new TrackingServer({ sessionId: '0123456789abcdef', frameUs: FRAME_US, syncPeriod: 30, readyFrame, channel });
const newClient = () => new TrackingClient(camera, 1e6 / 30);

const event = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('frame' as const),
      gap: fc.integer({ min: 1, max: 3 }),
      jitterUs: fc.integer({ min: -200, max: 5000 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('message' as const),
      stepUs: fc.constantFrom(0, 0, 0, 1e6, -1e6, 5000, 3.6e9),
      from: fc.constantFrom('a', 'a', 'b'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('bytes' as const), bytes: fc.uint8Array({ maxLength: 120 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('restart' as const), phaseUs: fc.integer({ min: 0, max: 33_000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('own-step' as const), stepUs: fc.constantFrom(1e6, -1e6, 2000, -3.6e9) }),
  },
);

describe('a tracking client', () => {
  it('is locked once the lengths that take it to its place have all come about, not while one may still come late', () => {
    const client = newClient();
    const message = encodeMessage({
      frameDurationUs: Math.round(FRAME_US),
      wallClockUs: EPOCH_US,
      readyTimeUs: EPOCH_US + 1000 * Math.round(FRAME_US),
      envelope: { sessionId: '0123456789abcdef', frameNumber: 1000, periodUs: FRAME_US, bootUs: 1e9 },
    });
    client.receive(message, 'server', EPOCH_US, 1e9);
    const states = [];
    for (let i = 0; i < 8; i++) states.push(client.frame(EPOCH_US + i * FRAME_US, bootUs(1e9 + i * FRAME_US)).state);
    const { controlDelayFrames } = camera;
    expect(states.indexOf('locked')).toBe(controlDelayFrames);
    expect(states.slice(controlDelayFrames)).toEqual(Array(8 - controlDelayFrames).fill('locked'));
  });

  it('keeps lengths within the sensor, indices rising and numbers finite, whatever happens in whatever order', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 50, maxLength: 400 }), (events) => {
        const client = newClient();
        let server = newServer();
        let [boot, serverBoot, wallStep] = [1e9, 1e9, 0];
        let last: number | undefined;
        for (const happening of events) {
          if (happening.kind === 'frame') {
            boot += happening.gap * FRAME_US;
            const at = bootUs(boot + happening.jitterUs);
            const frame = client.frame(EPOCH_US + at + wallStep, at);
            const { durationUs, index, phaseUs, boundUs } = frame;
            for (const value of [index, phaseUs, boundUs])
              expect(value === undefined || Number.isFinite(value)).toBe(true);
            if (durationUs !== undefined) {
              expect(durationUs).toBeGreaterThanOrEqual(camera.shortestFrameUs);
              expect(durationUs).toBeLessThanOrEqual(2.5 * FRAME_US + LINE_US);
            }
            if (frame.ready && index !== undefined) {
              if (last !== undefined) expect(index).toBeGreaterThanOrEqual(last);
              last = index;
            }
          } else if (happening.kind === 'message') {
            serverBoot = Math.max(serverBoot + FRAME_US, boot - FRAME_US);
            const { send } = server.frame(EPOCH_US + serverBoot + happening.stepUs, bootUs(serverBoot));
            if (send !== undefined) client.receive(send, happening.from, EPOCH_US + boot + wallStep);
          } else if (happening.kind === 'bytes') {
            client.receive(happening.bytes, 'x', EPOCH_US + boot);
          } else if (happening.kind === 'restart') {
            server = newServer();
            serverBoot += happening.phaseUs;
          } else {
            wallStep += happening.stepUs;
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('a tracking server', () => {
  /** Runs it for so many frames. @returns the messages with the number of the frame that they left with. */
  const messages = (server: TrackingServer, frames: number, from = 0) =>
    Array.from({ length: frames }, (_, i) => from + i).flatMap((n) => {
      const at = bootUs(1e9 + n * FRAME_US);
      const { send, index } = server.frame(EPOCH_US + at, at);
      const message = send && decodeMessage(send);
      return message === undefined ? [] : [{ n, index, message }];
    });

  it('speaks with its first frame, then every 6 until the recording begins, then at the period', () => {
    const sent = messages(newServer(), 200).map(({ n }) => n);
    expect(sent.slice(0, 4)).toEqual([0, 6, 12, 18]);
    const after = sent.filter((n) => n > 102);
    expect(after.slice(1).every((n, i) => n - (after[i] as number) === 30)).toBe(true);
  });

  it('left open, announces a moving ready time at least 60 s ahead; fixed, one that stands, with 8 messages before it', () => {
    const server = newServer('open');
    for (const { message } of messages(server, 300)) {
      expect(message.readyTimeUs - message.wallClockUs).toBeGreaterThanOrEqual(60e6);
      expect(message.envelope?.frameIndex).toBeUndefined();
    }
    server.begin();
    const fixed = messages(server, 200, 300);
    const times = fixed.map(({ message }) => message.readyTimeUs);
    expect(Math.max(...times) - Math.min(...times)).toBeLessThan(100);
    expect(fixed.filter(({ message }) => message.readyTimeUs > message.wallClockUs).length).toBeGreaterThanOrEqual(8);
    expect(fixed.every(({ message, index }) => message.envelope?.frameIndex === index)).toBe(true);
  });

  it('whose clients have a channel begins a third of a second after it is told to, with 5 messages in that time', () => {
    const server = newServer('open', true);
    messages(server, 30);
    server.begin();
    const ahead = messages(server, 30, 30).filter(({ index }) => index < 0);
    expect(ahead.length).toBeGreaterThanOrEqual(5);
    expect(ahead[0]?.message.envelope?.frameIndex).toBeGreaterThanOrEqual(-10);
    expect(ahead.every(({ message, index }) => message.envelope?.frameIndex === index)).toBe(true);
  });

  it('tells its period to a fraction of a us, and shows a stock camera a whole one', () => {
    const random = new Random(3);
    const server = newServer();
    let last: Uint8Array | undefined;
    for (let n = 0; n < 2000; n++) {
      const at = bootUs(1e9 + n * FRAME_US * (1 + 20e-6) + 3 * random.gauss());
      last = server.frame(EPOCH_US + at, at).send ?? last;
    }
    const message = decodeMessage(last ?? encodeMessage({ frameDurationUs: 0, wallClockUs: 0, readyTimeUs: 0 }));
    expect(Math.abs((message?.envelope?.periodUs ?? 0) - FRAME_US * (1 + 20e-6))).toBeLessThan(0.01);
    expect(message?.frameDurationUs).toBe(Math.round(FRAME_US * (1 + 20e-6)));
  });
});

describe('a line filter', () => {
  it('finds a crystal that is 40 ppm off to below 0.1 ppm in a minute, through late outliers', () => {
    const random = new Random(9);
    const filter = new LineFilter(0, FRAME_US, 50e-6, 6, 15);
    for (let n = 1; n <= 1800; n++) {
      filter.advance(1);
      const late = random.chance(0.01) ? random.between(300, 5000) : 0;
      filter.observe(n * FRAME_US * (1 + 40e-6) + 3 * random.gauss() + late);
    }
    expect(Math.abs(filter.slope / FRAME_US - 1 - 40e-6)).toBeLessThan(0.1e-6);
    expect(filter.errorAfter(0, 0)).toBeLessThan(1);
  });
});

describe('a steady clock', () => {
  const frames = (clock: SteadyClock, from: number, count: number, offsetAt: (bootUs: number) => number): number[] =>
    Array.from({ length: count }, (_, i) => clock.offset(from + i * 33_333, offsetAt(from + i * 33_333)));

  it('takes steps out, of a second or of two milliseconds', () => {
    for (const step of [1e6, -1e6, 2000]) {
      const clock = new SteadyClock();
      frames(clock, 0, 300, () => 5e6);
      const after = frames(clock, 300 * 33_333, 300, () => 5e6 + step);
      expect(Math.max(...after.map((us) => Math.abs(us - 5e6)))).toBeLessThan(1);
      expect(clock.moving).toBe(false);
    }
  });

  it('takes a slew of 500 ppm out, and says so while it lasts', () => {
    const clock = new SteadyClock();
    frames(clock, 0, 300, () => 5e6);
    const start = 300 * 33_333;
    const during = frames(clock, start, 300, (us) => 5e6 + (us - start) * 500e-6);
    expect(clock.moving).toBe(true);
    expect(Math.max(...during.map((us) => Math.abs(us - 5e6)))).toBeLessThan(50);
  });

  it('lets the slow drift of two crystals pass', () => {
    const clock = new SteadyClock();
    const drifting = frames(clock, 0, 3000, (us) => 5e6 + us * 20e-6);
    expect(Math.abs((drifting.at(-1) as number) - (5e6 + 2999 * 33_333 * 20e-6))).toBeLessThan(1);
    expect(clock.moving).toBe(false);
  });
});
