import { describe, expect, it } from 'vitest';
import { Watchdog } from '../src/run/camera/watchdog.ts';

const EVERY_MS = 500;

describe('the watchdog of a camera', () => {
  it('lasts from the frame that was heard last', () => {
    const watchdog = new Watchdog(EVERY_MS, 1000);
    expect(watchdog.look(1500)).toBe(500);
    watchdog.heard(1900);
    expect(watchdog.look(2000)).toBe(100);
    expect([2500, 3000, 3500].map((ms) => watchdog.look(ms))).toEqual([600, 1100, 1600]);
  });

  it('lasts also where looks are a little late', () => {
    const watchdog = new Watchdog(EVERY_MS, 0);
    let [now, silent] = [0, 0];
    while (silent < 5000) {
      now += EVERY_MS + 400;
      silent = watchdog.look(now);
      expect(silent).toBe(now);
    }
  });

  it('does not grow while the process itself was stopped: it could not have heard anything', () => {
    const watchdog = new Watchdog(EVERY_MS, 0);
    watchdog.heard(900);
    expect(watchdog.look(1000)).toBe(100);
    expect(watchdog.look(9000)).toBe(600);
    expect(watchdog.look(9500)).toBe(1100);
    watchdog.heard(9600);
    expect(watchdog.look(10_000)).toBe(400);
  });

  it('of a camera that is silent after that is told all the same', () => {
    const watchdog = new Watchdog(EVERY_MS, 0);
    watchdog.look(8000);
    let [now, silent] = [8000, 0];
    for (; silent <= 5000; now += EVERY_MS) silent = watchdog.look(now);
    expect(now).toBeLessThan(8000 + 6500);
  });

  it('is none where a frame came in before the first look after a stop', () => {
    const watchdog = new Watchdog(EVERY_MS, 0);
    watchdog.look(500);
    watchdog.heard(8500);
    expect(watchdog.look(8501)).toBe(0);
  });
});
