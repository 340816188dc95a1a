import { describe, expect, it } from 'vitest';
import { Random } from '../src/sensor/random.ts';
import { modesOf, type SensorMode } from '../src/sensor/sensor-models.ts';
import { World, type WorldOptions } from '../src/sim/world.ts';
import type { ClientNotice } from '../src/sync/client.ts';
import { SyncClient } from '../src/sync/client.ts';
import { SYNC_DEFAULTS } from '../src/sync/controller.ts';
import { SyncServer } from '../src/sync/server.ts';
import { StockClient } from '../src/sync/stock-client.ts';
import { StockServer } from '../src/sync/stock-server.ts';
import { type Summary, summarise } from '../src/time/statistics.ts';

/**
 * Numbered scenarios in virtual time with the stock controllers. The limits on rms and maximum are those measured of
 * the real algorithm (37 and 73 us at 35 ppm between two imx219), with a margin for seeds.
 */
const imx219 = modesOf('imx219')[0] as SensorMode;
const SECOND = 1e6;
const frameUs = 1e6 / 30;

interface Outcome {
  /** True distance of each client frame from the server frame of the same index, within the window, in us. */
  offsets: Summary;
  /** Indices of the client's recording, in order. */
  indices: number[];
  /** Client frames whose index names a server frame more than half a frame away. */
  wrong: number;
  world: World;
  corrections: number[];
  notices: ClientNotice[];
}

function run(
  options: Partial<WorldOptions> & { seconds?: number; from?: number; disturb?: (world: World) => void } = {},
): Outcome {
  const settings = { ...SYNC_DEFAULTS, frameDurationUs: frameUs };
  const world = new World({
    seed: 1,
    server: { mode: imx219, ppm: 15, frameUs },
    clients: [{ mode: imx219, ppm: -20, frameUs }],
    serverMachine: () => new SyncServer(new StockServer(settings), frameUs),
    clientMachine: () => new SyncClient(new StockClient(settings), frameUs),
    ...options,
  });
  const serverTimes = new Map<number, number>();
  const client: { index: number; trueUs: number }[] = [];
  const corrections: number[] = [];
  const notices: ClientNotice[] = [];
  world.onServerFrame = ({ trueUs, decision }) => serverTimes.set(decision.index, trueUs);
  world.onClientFrame = (_, { trueUs, decision }) => {
    if (decision.ready && decision.index !== undefined) client.push({ index: decision.index, trueUs });
    notices.push(...decision.notices);
    if (decision.correctionUs !== 0) corrections.push(decision.correctionUs);
  };
  options.disturb?.(world);
  world.run((options.seconds ?? 60) * SECOND);
  const both = client.filter(({ index }) => serverTimes.has(index));
  const offset = (frame: (typeof client)[0]) => frame.trueUs - (serverTimes.get(frame.index) as number);
  const window = both.filter(({ trueUs }) => trueUs > (options.from ?? 10) * SECOND).map(offset);
  return {
    offsets: summarise(window) as Summary,
    indices: client.map(({ index }) => index),
    wrong: both.filter((frame) => Math.abs(offset(frame)) > frameUs / 2).length,
    world,
    corrections,
    notices,
  };
}

const consecutive = (indices: number[]) =>
  indices.every((index, i) => i === 0 || index === (indices[i - 1] as number) + 1);

describe('scenarios of the stock algorithm', () => {
  it('01 two imx219, 35 ppm apart: a sawtooth of 37 us rms and 73 us at most, frame for frame', () => {
    const { offsets, indices, wrong } = run();
    expect(offsets.rms).toBeGreaterThan(25);
    expect(offsets.rms).toBeLessThan(45);
    expect(offsets.max).toBeLessThan(95);
    expect(indices[0]).toBe(0);
    expect(consecutive(indices)).toBe(true);
    expect(wrong).toBe(0);
  });

  it('02 any phase at the start: the recording begins with frame 0 and below 100 us', () => {
    for (let i = 0; i < 20; i++) {
      const { indices, wrong, offsets } = run({
        seed: 100 + i,
        server: { mode: imx219, ppm: 15, frameUs, startUs: 500_000 },
        clients: [{ mode: imx219, ppm: -20, frameUs, startUs: 400_000 + (i * frameUs) / 20 }],
        seconds: 20,
        from: 3.9,
      });
      expect(indices[0]).toBe(0);
      expect(wrong).toBe(0);
      expect(offsets.max).toBeLessThan(110);
    }
  });

  it('03 a third of the messages lost: slots stay right', () => {
    const { offsets, indices, wrong } = run({ link: { loss: 0.33 }, seed: 3 });
    expect(consecutive(indices)).toBe(true);
    expect(wrong).toBe(0);
    expect(offsets.max).toBeLessThan(350);
  });

  it('04 messages repeated and overtaken: the repeats and the late ones change nothing', () => {
    const { offsets, indices, wrong } = run({ link: { repeat: 0.5, reorder: 0.3 }, seed: 4 });
    expect(consecutive(indices)).toBe(true);
    expect(wrong).toBe(0);
    expect(offsets.max).toBeLessThan(250);
  });

  it('05 five percent of frames dropped on both sides: an index is missing, none is wrong', () => {
    const { indices, wrong } = run({
      server: { mode: imx219, ppm: 15, frameUs, drop: 0.05 },
      clients: [{ mode: imx219, ppm: -20, frameUs, drop: 0.05 }],
      seed: 5,
    });
    expect(wrong).toBe(0);
    expect(new Set(indices).size).toBe(indices.length);
    expect(indices.length).toBeGreaterThan(0.9 * (indices.at(-1) as number));
  });

  it('06 eleven minutes at 50 ppm: the timeline follows the real grid, not the nominal rate', () => {
    const { indices, wrong } = run({
      server: { mode: imx219, ppm: 50, frameUs },
      clients: [{ mode: imx219, ppm: -50, frameUs }],
      seconds: 700,
      seed: 6,
    });
    expect(consecutive(indices)).toBe(true);
    expect(wrong).toBe(0);
  });

  it('07 the server dies while recording: the client keeps counting on the learned rate', () => {
    const { indices, world, wrong } = run({
      serverRuns: [{ startUs: 1000, endUs: 20 * SECOND }],
      seconds: 80,
      seed: 7,
    });
    expect(world.client(0).guard.server).toBeUndefined();
    expect(consecutive(indices)).toBe(true);
    expect(indices.at(-1)).toBeGreaterThan(2200);
    expect(wrong).toBe(0);
  });

  // The stock client rounds towards zero: told of a frame in its future it slips by a whole frame at every message.
  // The index says so by leaving one out each time.
  it('08 either wall clock steps by a second: no frame gets a wrong index', () => {
    for (const [who, step] of [
      ['server', SECOND],
      ['server', -SECOND],
      ['client', SECOND],
      ['client', -SECOND],
    ] as const) {
      const clockErrorUs = (us: number) => (us > 20 * SECOND ? step : 0);
      const server = { mode: imx219, ppm: 15, frameUs, ...(who === 'server' && { clockErrorUs }) };
      const client = { mode: imx219, ppm: -20, frameUs, ...(who === 'client' && { clockErrorUs }) };
      const { indices, wrong } = run({ server, clients: [client], seconds: 40, seed: 8 });
      const missing = (indices.at(-1) as number) + 1 - new Set(indices).size;
      expect({ who, step, wrong, doubled: indices.length - new Set(indices).size }).toEqual({
        who,
        step,
        wrong: 0,
        doubled: 0,
      });
      expect(missing).toBeLessThanOrEqual((who === 'server') === step > 0 ? 20 : 2);
    }
  });

  it('09 a client joins late: its first index is the one the server has', () => {
    const { indices, wrong } = run({
      clients: [{ mode: imx219, ppm: -20, frameUs, startUs: 30 * SECOND }],
      seconds: 60,
      from: 40,
      seed: 9,
    });
    expect(indices[0]).toBeGreaterThan(750);
    expect(wrong).toBe(0);
  });

  it('10 a server whose clock is an hour behind: nothing is recorded, and both clocks are named once', () => {
    const clockErrorUs = () => -3600 * SECOND;
    const server = { mode: imx219, ppm: 15, frameUs, clockErrorUs };
    const { notices, indices } = run({ server, seconds: 30, seed: 10 });
    expect(indices).toEqual([]);
    const apart = notices.filter((notice) => notice.kind === 'clocks-apart');
    expect(apart).toHaveLength(1);
    expect((apart[0]?.serverUs ?? 0) - (apart[0]?.hostUs ?? 0)).toBeCloseTo(-3600 * SECOND, -6);
  });

  it('11 bad datagrams at a waiting, a locked and a recording client: not one frame is corrected otherwise', () => {
    const quiet = run({ seconds: 30, seed: 11 });
    const attacked = run({ seconds: 30, seed: 11, disturb: (world) => attack(world, 30) });
    expect(attacked.corrections).toEqual(quiet.corrections);
    expect(attacked.indices).toEqual(quiet.indices);
    const refused = [...attacked.world.client(0).guard.refused.values()].reduce((a, b) => a + b, 0);
    // What comes in before its camera runs, it does not hear.
    expect(refused).toBeGreaterThan(99_900 + 30 * badDatagrams().length);
  });
});

/** The datagrams that make a stock client stretch a frame to hours or hang. */
function badDatagrams(): Uint8Array[] {
  const raw = (duration: number, wall: bigint, ready: bigint): Uint8Array => {
    const bytes = new Uint8Array(40);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, duration, true);
    view.setBigUint64(16, wall, true);
    view.setBigUint64(32, ready, true);
    return bytes;
  };
  const now = 1_700_000_001_000_000n;
  return [
    new Uint8Array(0),
    Uint8Array.of(1),
    new Uint8Array(39),
    new Uint8Array(40),
    raw(0, now, now),
    raw(33333, 0n, now),
    raw(33333, 1n << 63n, now),
    raw(33333, now, 1n << 63n),
    raw(4_000_000_000, now, now),
    new Uint8Array(2000).fill(255),
  ];
}

function attack(world: World, seconds: number): void {
  const random = new Random(77);
  for (let i = 0; i < 100_000; i++) {
    const bytes = Uint8Array.from({ length: Math.floor(random.between(0, 80)) }, () =>
      Math.floor(random.between(0, 256)),
    );
    world.inject(0, random.between(0, seconds * SECOND), bytes, `random${i % 10}`);
  }
  for (let s = 0; s < seconds; s++) {
    for (const bytes of badDatagrams()) world.inject(0, s * SECOND + random.between(0, SECOND), bytes, 'server');
  }
}
