import { describe, expect, it } from 'vitest';
import { GridServer } from '../src/sync/grid-server.ts';
import type { ServerFrame } from '../src/sync/server.ts';
import { parsePhase, RateGrid } from '../src/time/rate-grid.ts';
import { bootUs, wallUs } from '../src/time/units.ts';
import { decodeMessage, type SyncMessage } from '../src/wire/message.ts';

const NTSC = { num: 30_000, den: 1001 };
const DAY_US = 86_400e6;
/** Some afternoon, on a wall clock, in us. */
const NOW_US = 1_796_000_000_123_456;

describe('frames at a rate', () => {
  it('frame 30,000 k of 29.97 fps lies at second 1001 k exactly, fifty years on', () => {
    const grid = new RateGrid(NTSC);
    for (const k of [0, 1, 1_000, 1_794_205]) expect(grid.at(30_000 * k)).toBe(1001e6 * k);
    expect(grid.at(1)).toBeCloseTo(33_366.6667, 3);
    // One by one a double would be off by more than a millisecond by then.
    expect(grid.at(53_826_150_001) - grid.at(53_826_150_000)).toBeCloseTo(33_366.67, 0);
  });

  it('a phase of 1/4 is a quarter of a frame later', () => {
    const [on, later] = [new RateGrid({ num: 30, den: 1 }), new RateGrid({ num: 30, den: 1 }, { num: 1, den: 4 })];
    expect(later.at(0)).toBeCloseTo(1e6 / 120, 6);
    expect(later.at(3_000_000) - on.at(3_000_000)).toBeCloseTo(1e6 / 120, 3);
  });

  it('the last frame before a moment is the one that it should be, around each frame', () => {
    const grid = new RateGrid(NTSC, { num: 1, den: 3 });
    for (const number of [-2, -1, 0, 1, 2, 999, 53_826_150_001]) {
      const us = grid.at(number);
      expect([grid.last(us - 1), grid.last(us), grid.last(us + 1)]).toEqual([number - 1, number, number]);
    }
  });

  it.each([
    ['1/4', 0.25],
    ['0.25', 0.25],
    ['.5', 0.5],
    ['0', 0],
    ['0/3', 0],
    ['2/3', 2 / 3],
  ])('%s is a phase', (text, share) => {
    const phase = parsePhase(text);
    expect((phase?.num ?? Number.NaN) / (phase?.den ?? Number.NaN)).toBeCloseTo(share, 9);
  });

  it.each(['1', '4/4', '5/4', '-1/4', '1/0', '1.5', '', '.', 'half', '0.25f'])('%s is none', (text) => {
    expect(parsePhase(text)).toBeUndefined();
  });
});

/** A host whose wall clock can be set, and who wakes a server without a camera when it asks for that. */
class Host {
  readonly server: GridServer;
  readonly messages: SyncMessage[] = [];
  readonly frames: ServerFrame[] = [];
  private toWallUs: number;
  private nowUs: number;

  constructor(upUs: number, options: Partial<ConstructorParameters<typeof GridServer>[0]> = {}) {
    this.nowUs = upUs;
    this.toWallUs = NOW_US - upUs;
    const given = { sessionId: '0123456789abcdef', syncPeriod: 1, readyFrame: 30, rate: NTSC, epoch: true };
    this.server = new GridServer({ ...given, ...options }, this.now);
  }

  private get now() {
    return { bootUs: bootUs(this.nowUs), wallUs: wallUs(this.nowUs + this.toWallUs) };
  }

  set(us: number): void {
    this.toWallUs += us;
  }

  /** So many times it is woken, each time a little late. */
  run(times: number, lateUs = 700): void {
    for (let i = 0; i < times; i++) {
      this.nowUs = this.server.wakeUs + lateUs;
      this.hear(this.server.wake(this.now));
    }
  }

  /** Nobody wakes it for so long. */
  sleep(us: number): void {
    this.nowUs += us;
    this.hear(this.server.wake(this.now));
  }

  private hear(frame: ServerFrame | undefined): void {
    if (frame === undefined) return;
    this.frames.push(frame);
    const message = frame.send && decodeMessage(frame.send);
    if (message !== undefined) this.messages.push(message);
  }

  get indices(): number[] {
    return this.frames.map(({ index }) => index);
  }
}

const onGrid = (us: number, grid: RateGrid): number => Math.abs(us - grid.at(grid.last(us + 1000)));

describe('a server without a camera', () => {
  it('by the clock since 1970, on two hosts that were never up for the same time: the same frames, numbers and times', () => {
    const [a, b] = [new Host(3 * DAY_US), new Host(12e6)];
    for (const host of [a, b]) host.run(100);
    expect(a.messages.map(({ wallClockUs }) => wallClockUs)).toEqual(b.messages.map(({ wallClockUs }) => wallClockUs));
    const numbers = a.messages.map(({ envelope }) => envelope?.frameNumber as number);
    expect(numbers).toEqual(b.messages.map(({ envelope }) => envelope?.frameNumber));
    expect(numbers.length).toBeGreaterThan(10);
    const grid = new RateGrid(NTSC);
    for (const [i, { wallClockUs }] of a.messages.entries())
      expect(wallClockUs).toBe(Math.round(grid.at(numbers[i] as number)));
  });

  it('its recording begins after as many frames as were asked for, and each message says when', () => {
    const host = new Host(DAY_US, { readyFrame: 30 });
    host.run(60);
    expect(host.indices).toEqual(Array.from({ length: 60 }, (_, i) => i - 30));
    expect(host.frames.findIndex(({ ready }) => ready)).toBe(30);
    const zero = host.messages.find(({ envelope }) => envelope?.frameIndex === 0)?.wallClockUs as number;
    for (const { readyTimeUs } of host.messages) expect(Math.abs(readyTimeUs - zero)).toBeLessThanOrEqual(1);
  });

  it('a phase moves the frames, and nothing else', () => {
    const [on, later] = [new Host(DAY_US), new Host(DAY_US, { phase: { num: 1, den: 4 } })];
    for (const host of [on, later]) host.run(10);
    const apart = (later.messages[0]?.wallClockUs ?? 0) - (on.messages[0]?.wallClockUs ?? 0);
    const period = 1e6 / (30_000 / 1001);
    expect((((apart % period) + period) % period) / period).toBeCloseTo(0.25, 3);
  });

  it('without the clock, frame N lies N periods after its start, whatever happens to the wall clock', () => {
    const host = new Host(DAY_US, { epoch: false, rate: { num: 30, den: 1 } });
    host.run(10);
    host.set(3600e6);
    host.run(10);
    const starts = host.messages.map(({ envelope }) => envelope?.bootUs as number);
    for (const [i, { envelope }] of host.messages.entries()) {
      const n = (envelope?.frameNumber as number) - (host.messages[0]?.envelope?.frameNumber as number);
      expect(Math.abs((starts[i] as number) - DAY_US - (n * 1e6) / 30)).toBeLessThan(1.5);
    }
    expect(host.indices).toEqual(Array.from({ length: 20 }, (_, i) => i - 30));
  });

  it.each([300, -300, 20_000, 3600e6, -3600e6])(
    'a wall clock set by %i us: frames go where it says and are counted on',
    (us) => {
      const host = new Host(DAY_US);
      host.run(40);
      host.set(us);
      host.run(40);
      expect(host.server.timesSet).toBe(1);
      const grid = new RateGrid(NTSC);
      for (const { wallClockUs } of host.messages.slice(-20)) expect(onGrid(wallClockUs, grid)).toBeLessThan(1.5);
      // Set back by half a frame it waits for half a frame more: no number comes twice, and none is left out.
      const steps = host.indices.slice(1).map((index, i) => index - (host.indices[i] as number));
      expect(new Set(steps)).toEqual(new Set([1]));
    },
  );

  it('that was kept from its work for a while goes on with the frame that is due', () => {
    const host = new Host(DAY_US);
    host.run(10);
    const before = host.indices.at(-1) as number;
    host.sleep(1001e3);
    expect(host.indices.at(-1)).toBe(before + 30);
  });

  it('woken too soon it has nothing to say, and asks for the same moment again', () => {
    const host = new Host(DAY_US);
    host.run(5);
    const { wakeUs } = host.server;
    const said = host.frames.length;
    host.run(1, -500);
    expect(host.frames.length).toBe(said);
    expect(Math.abs(host.server.wakeUs - wakeUs)).toBeLessThan(1);
  });
});
