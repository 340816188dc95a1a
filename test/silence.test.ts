import { describe, expect, it } from 'vitest';
import { Silence } from '../src/run/camera/silence.ts';

const EVERY_MS = 500;

describe('the silence of a camera', () => {
  it('lasts from the frame that was heard last', () => {
    const silence = new Silence(EVERY_MS, 1000);
    expect(silence.look(1500)).toBe(500);
    silence.heard(1900);
    expect(silence.look(2000)).toBe(100);
    expect([2500, 3000, 3500].map((ms) => silence.look(ms))).toEqual([600, 1100, 1600]);
  });

  it('lasts also where looks are a little late', () => {
    const silence = new Silence(EVERY_MS, 0);
    let [now, silent] = [0, 0];
    while (silent < 5000) {
      now += EVERY_MS + 400;
      silent = silence.look(now);
      expect(silent).toBe(now);
    }
  });

  it('does not grow while the process itself was stopped: it could not have heard anything', () => {
    const silence = new Silence(EVERY_MS, 0);
    silence.heard(900);
    expect(silence.look(1000)).toBe(100);
    expect(silence.look(9000)).toBe(600);
    expect(silence.look(9500)).toBe(1100);
    silence.heard(9600);
    expect(silence.look(10_000)).toBe(400);
  });

  it('of a camera that is silent after that is told all the same', () => {
    const silence = new Silence(EVERY_MS, 0);
    silence.look(8000);
    let [now, silent] = [8000, 0];
    for (; silent <= 5000; now += EVERY_MS) silent = silence.look(now);
    expect(now).toBeLessThan(8000 + 6500);
  });

  it('is none where a frame came in before the first look after a stop', () => {
    const silence = new Silence(EVERY_MS, 0);
    silence.look(500);
    silence.heard(8500);
    expect(silence.look(8501)).toBe(0);
  });
});
