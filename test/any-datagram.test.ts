import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientMachine } from '../src/sim/machines.ts';
import { runScenario } from '../src/sim/run-scenario.ts';
import { anyWorld } from '../src/sim/scenarios/anything.ts';
import { clientCamera } from '../src/sim/scenarios/scenario.ts';
import { controllerNamed } from '../src/sync/controllers/index.ts';
import { bootUs } from '../src/time/units.ts';
import { type Envelope, encodeEnvelope } from '../src/wire/envelope.ts';
import { decodeMessage, encodeMessage } from '../src/wire/message.ts';

const EPOCH_US = 1.7e15;
const BOOT_US = 1e9;
const FRAME_US = 33_326.9;
const SESSION = '0123456789abcdef';

const whole = fc.oneof(
  fc.integer({ min: 0, max: 2000 }),
  fc.constantFrom(3e14, 2 ** 52, Number.MAX_SAFE_INTEGER),
  fc.maxSafeNat(),
);
const envelope = fc.record(
  {
    sessionId: fc.constantFrom(SESSION, 'fedcba9876543210'),
    frameIndex: fc.oneof(
      whole,
      whole.map((n) => -n),
    ),
    frameNumber: whole,
    periodUs: fc.oneof(fc.constant(33_326.9), fc.double({ min: 0, max: 8e9, noNaN: true })),
    bootUs: fc.oneof(fc.integer({ min: 0, max: 1e10 }), fc.double({ min: 0, max: 8e15, noNaN: true })),
    exposureUs: fc.double({ min: 0, max: 4e6, noNaN: true }),
    gain: fc.double({ min: 0, max: 60_000, noNaN: true }),
    changes: fc.array(
      fc.record({ kind: fc.constantFrom('pause' as const, 'resume' as const, 'save' as const), index: whole }),
      {
        maxLength: 200,
      },
    ),
    start: fc.record({ wallUs: whole, utcOffsetMinutes: fc.integer({ min: -840, max: 840 }) }),
  },
  { requiredKeys: [] },
);
/** From `plausible` on near what a server would say, so that more of it is taken. */
const datagram = fc.oneof(
  fc.uint8Array({ maxLength: 120 }),
  fc
    .record({
      duration: fc.constantFrom(33_327, 33_327, 40_000, 0, 0xffffffff),
      wall: fc.oneof(
        fc.integer({ min: -2e6, max: 2e6 }),
        whole.map((us) => us - EPOCH_US),
      ),
      ready: fc.oneof(
        fc.integer({ min: -2e6, max: 2e6 }),
        whole.map((us) => us - EPOCH_US),
      ),
      envelope,
    })
    .map(({ duration, wall, ready, envelope }) => {
      const us = (off: number) => Math.max(0, Math.min(Number.MAX_SAFE_INTEGER, Math.round(EPOCH_US + BOOT_US + off)));
      return encodeMessage({
        frameDurationUs: duration,
        wallClockUs: us(wall),
        readyTimeUs: us(ready),
        envelope: envelope as Envelope,
      });
    }),
);

describe('whatever a datagram says', () => {
  it.each(['tracking', 'stock'] as const)(
    'a %s client goes on with finite numbers, times that are dates, and lengths of frames',
    (kind) => {
      fc.assert(
        fc.property(
          fc.array(fc.record({ bytes: datagram, from: fc.constantFrom('a', 'b') }), { maxLength: 80 }),
          (said) => {
            const machine = clientMachine(controllerNamed(kind), clientCamera());
            for (const [n, { bytes, from }] of said.entries()) {
              const boot = BOOT_US + n * FRAME_US;
              machine.receive(bytes, from, EPOCH_US + boot, boot);
              const frame = machine.frame(EPOCH_US + boot, bootUs(boot), FRAME_US);
              const { index, phaseUs, boundUs, timerUs, correctionUs, durationUs = FRAME_US, start } = frame;
              for (const value of [index, phaseUs, boundUs, timerUs])
                expect(value === undefined || Number.isFinite(value)).toBe(true);
              expect(Math.abs(correctionUs)).toBeLessThan(10e6);
              expect(durationUs).toBeGreaterThan(0);
              expect(durationUs).toBeLessThanOrEqual(2.6 * FRAME_US);
              const slotUs = EPOCH_US + boot - (index ?? 0) * FRAME_US;
              for (const us of [slotUs, start?.wallUs ?? 0])
                expect(() => new Date(us / 1000).toISOString()).not.toThrow();
            }
          },
        ),
        { numRuns: 300 },
      );
    },
  );

  it.each<[string, Partial<Envelope>]>([
    ['an index of 3e14', { frameIndex: 3e14 }],
    ['an index of 2^52', { frameIndex: 2 ** 52 }],
    ['a count of 2^52', { frameNumber: 2 ** 52 }],
    ['a period that is not its frame duration', { periodUs: 1 }],
    ['an uptime of a thousand years', { bootUs: 3.2e16 / 4 }],
  ])('%s is refused, by a waiting client and by one that follows', (_, wrong) => {
    const machine = clientMachine(controllerNamed('tracking'), clientCamera());
    const say = (n: number, more: Partial<Envelope> = {}) => {
      const at = Math.round(EPOCH_US + BOOT_US + n * FRAME_US);
      const ready = Math.round(EPOCH_US + BOOT_US + 100 * FRAME_US);
      const good = {
        sessionId: SESSION,
        frameNumber: n,
        frameIndex: n - 100,
        periodUs: FRAME_US,
        bootUs: at - EPOCH_US,
      };
      const bytes = encodeMessage({
        frameDurationUs: 33_327,
        wallClockUs: at,
        readyTimeUs: ready,
        envelope: { ...good, ...more },
      });
      return machine.receive(bytes, 'a', at + 300, at + 300 - EPOCH_US);
    };
    expect(say(0, wrong)).toMatch(/out of reason/);
    expect(say(6)).toBeUndefined();
    expect(say(12, wrong)).toMatch(/out of reason/);
    expect(say(18)).toBeUndefined();
  });

  it('an uptime of 400 days goes over the wire', () => {
    const up = 400 * 86_400e6 + 0.5;
    const bytes = encodeEnvelope({ bootUs: up });
    const message = new Uint8Array(40 + bytes.length);
    message.set(bytes, 40);
    expect(decodeMessage(message)?.envelope?.bootUs).toBe(up);
  });
});

describe('a client that says locked', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 1040, 1057, 1061, 1203, 1214, 2257])(
    'is, in a world of anything from seed %i',
    (seed) => {
      const world = anyWorld(seed);
      const scenario = { name: 'one', about: '', limits: '', variants: [world] };
      expect(runScenario(scenario, { seed }).result.failures).toEqual([]);
    },
  );
});
