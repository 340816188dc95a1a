import { describe, expect, it } from 'vitest';
import { limitFor } from '../src/sync/steering/camera.ts';
import { FollowedGrid } from '../src/sync/steering/followed-grid.ts';
import { EvenGrid } from '../src/sync/steering/grid.ts';
import { LeadServer } from '../src/sync/steering/lead-server.ts';
import { bootUs, wallUs } from '../src/time/units.ts';
import { decodeMessage } from '../src/wire/message.ts';

const AHEAD_US = 1_795_000_000_000_000;
const PERIOD_US = 33_326.9 * (1 - 20e-6);
const LINE_US = 18.90352;
const ORIGIN_US = 5e6;

const camera = {
  lineUs: LINE_US,
  shortestFrameUs: 23_900,
  restUs: Math.floor(limitFor(PERIOD_US, LINE_US) / LINE_US) * LINE_US,
};

/** A server without a camera, and whoever follows it on the same host; `pass` lets time go by to `untilUs`. */
function world() {
  const grid = new EvenGrid(ORIGIN_US, PERIOD_US);
  const server = new LeadServer(grid, {
    ...{ sessionId: '0123456789abcdef', syncPeriod: 30, readyFrame: 'open', leadUs: 1e6 },
  });
  const followed = new FollowedGrid(camera, 1e6 / 30);
  const sent: number[] = [];
  let now = ORIGIN_US;
  const pass = (untilUs: number): void => {
    for (; now < untilUs; now += 10_000) {
      const message = server.wake(now, now + AHEAD_US);
      if (message !== undefined) {
        sent.push((decodeMessage(message)?.wallClockUs ?? 0) - AHEAD_US);
        followed.client.receive(message, 'server', now + AHEAD_US, now);
      }
      // Nothing is heard of the camera.
      if (Math.round(now / 10_000) % 5 === 0) followed.tick(wallUs(now + AHEAD_US), bootUs(now));
    }
  };
  return { grid, server, followed, sent, pass };
}

describe('a server of a grid that others make', () => {
  it('tells of frames of its grid, none of which is to come', () => {
    const { grid, sent, pass } = world();
    pass(ORIGIN_US + 10e6);
    expect(sent.length).toBeGreaterThan(40);
    for (const us of sent) {
      const frame = (us - ORIGIN_US) / grid.periodUs;
      expect(Math.abs(frame - Math.round(frame))).toBeLessThan(1e-3);
    }
    expect(sent.at(-1)).toBeLessThan(ORIGIN_US + 10e6 - PERIOD_US / 2);
  });

  it('begins about as far ahead as it was told to, and says with which frame of the grid', () => {
    const { grid, server, pass } = world();
    pass(ORIGIN_US + 3e6);
    expect(server.readyNumber).toBeUndefined();
    server.begin();
    pass(ORIGIN_US + 3.1e6);
    const inUs = grid.at(server.readyNumber ?? 0) - (ORIGIN_US + 3e6);
    expect(inUs).toBeGreaterThan(0.9e6);
    expect(inUs).toBeLessThan(1.1e6);
  });
});

describe('the grid of a server, for a camera that is not heard', () => {
  it('is where the server says that its frames are, and begins where it says', () => {
    const { grid, server, followed, pass } = world();
    expect(followed.at(3)).toBeUndefined();
    pass(ORIGIN_US + 3e6);
    expect(followed.readyNumber).toBeUndefined();
    server.begin();
    pass(ORIGIN_US + 8e6);
    const [first, real] = [followed.readyNumber ?? 0, server.readyNumber ?? 0];
    expect(Math.abs(followed.periodUs - PERIOD_US)).toBeLessThan(0.05);
    for (const frame of [0, 120, 400]) {
      expect(Math.abs((followed.at(first + frame) ?? 0) - grid.at(real + frame))).toBeLessThan(5);
      expect(followed.errorAt(first + frame)).toBeLessThan(5);
    }
  });
});
