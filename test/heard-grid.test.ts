import { describe, expect, it } from 'vitest';
import { ServerListener } from '../src/run/files/server-listener.ts';
import { HeardGrid } from '../src/run/stock/heard-grid.ts';
import { Random } from '../src/sensor/random.ts';
import { StockServer } from '../src/sync/stock-server.ts';
import { TrackingServer } from '../src/sync/tracking/server.ts';
import type { Clock } from '../src/time/clock.ts';
import { bootUs, wallUs } from '../src/time/units.ts';
import { encodeMessage } from '../src/wire/message.ts';

const AHEAD_US = 1_795_000_000_000_000;
/** "30 fps" of an imx219, 20 ppm fast. */
const PERIOD_US = 33_326.9 * (1 - 20e-6);

/** A grid that hears a server, whose frame n is at 5 s + n periods; and the hearing of a message at a frame. */
function heard(): { grid: HeardGrid; hear: (bytes: Uint8Array | undefined, frame: number) => void } {
  let now = 0;
  const clock = { pair: () => ({ bootUs: bootUs(now), wallUs: wallUs(now + AHEAD_US) }) } as Clock;
  const listener = new ServerListener(1e6 / 30);
  const grid = new HeardGrid(listener, clock, 1e6 / 30);
  return {
    grid,
    hear(bytes, frame) {
      if (bytes === undefined) return;
      now = at(frame) + 25_000;
      listener.receive(bytes, '127.0.0.1:5000', now + AHEAD_US, now);
      void grid.periodUs;
    },
  };
}

const at = (frame: number): number => 5e6 + frame * PERIOD_US;

describe('the grid of a take, as its server is heard', () => {
  it('of ours is where it says that its frames are, and begins where it says', () => {
    const { grid, hear } = heard();
    expect(grid.at(3)).toBeUndefined();
    const server = new TrackingServer({
      sessionId: '0123456789abcdef',
      frameUs: PERIOD_US,
      syncPeriod: 30,
      readyFrame: 'open',
    });
    for (let frame = 0; frame < 300; frame++) {
      if (frame === 100) server.begin();
      const { send } = server.frame(wallUs(at(frame) + AHEAD_US), bootUs(at(frame)));
      hear(send, frame);
      if (frame === 99) expect(grid.readyNumber).toBeUndefined();
    }
    const { readyNumber = 0 } = grid;
    expect(readyNumber).toBeGreaterThan(130);
    for (const frame of [readyNumber, 310, 400]) {
      expect(Math.abs((grid.at(frame) ?? 0) - at(frame))).toBeLessThan(2);
      expect(grid.errorAt(frame)).toBeLessThan(3);
    }
  });

  it('of a stock one is learned from its stamps, to less than their noise, and counts from its frame 0', () => {
    const { grid, hear } = heard();
    const random = new Random(4);
    const server = new StockServer({ frameDurationUs: 33_326.9, syncPeriod: 6, readyFrame: 100, minAdjustmentUs: 0 });
    for (let frame = 0; frame < 600; frame++) {
      const { send } = server.frame(Math.trunc(at(frame) + random.between(0, 10) + AHEAD_US));
      hear(send && encodeMessage(send), frame);
    }
    expect(grid.readyNumber).toBe(0);
    // Stamps are 5 us late in the mean.
    for (const index of [500, 560]) expect(Math.abs((grid.at(index) ?? 0) - at(index + 100) - 5)).toBeLessThan(3);
    expect(Math.abs(grid.periodUs - PERIOD_US)).toBeLessThan(0.05);
    expect(grid.errorAt(500)).toBeLessThan(4);
  });
});
