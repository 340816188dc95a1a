import { describe, expect, it } from 'vitest';
import { Random } from '../src/sensor/random.ts';
import { ClockRecovery } from '../src/time/clock-recovery.ts';
import { bootUs, wallUs } from '../src/time/units.ts';

const EPOCH = 1.7e15;

/** Pairs a frame apart; the wall clock runs `ppm` fast and reads with `noise` us. */
function feed(
  recovery: ClockRecovery,
  from: number,
  frames: number,
  ppm: number,
  noise: () => number,
  stepUs = 0,
): number {
  let boot = from;
  for (let i = 0; i < frames; i++) {
    boot += 33_327;
    recovery.add({ bootUs: bootUs(boot), wallUs: wallUs(EPOCH + stepUs + boot * (1 + ppm * 1e-6) + noise()) });
  }
  return boot;
}

describe('clock recovery', () => {
  it('follows a clock that runs 20 ppm fast to below a microsecond', () => {
    const random = new Random(1);
    const recovery = new ClockRecovery();
    const boot = feed(recovery, 0, 200, 20, () => 0.3 * random.gauss());
    expect(Math.abs(recovery.toWall(bootUs(boot)) - (EPOCH + boot * (1 + 20e-6)))).toBeLessThan(1);
  });

  it('is moved by at most 2 us by a reading that came 5 ms late', () => {
    const recovery = new ClockRecovery();
    let boot = feed(recovery, 0, 120, 0, () => 0);
    boot += 33_327;
    recovery.add({ bootUs: bootUs(boot), wallUs: wallUs(EPOCH + boot + 40) });
    expect(Math.abs(recovery.toWall(bootUs(boot)) - (EPOCH + boot))).toBeLessThan(2);
    expect(recovery.restarts).toBe(0);
  });

  it('starts over when the wall clock steps by a second', () => {
    const recovery = new ClockRecovery();
    const boot = feed(recovery, 0, 120, 0, () => 0);
    const after = feed(recovery, boot, 3, 0, () => 0, 1e6);
    expect(recovery.restarts).toBe(1);
    expect(Math.abs(recovery.toWall(bootUs(after)) - (EPOCH + 1e6 + after))).toBeLessThan(1);
  });

  it('maps back and forth', () => {
    const recovery = new ClockRecovery();
    const boot = feed(recovery, 5e11, 50, -35, () => 0);
    expect(Math.abs(recovery.toBoot(recovery.toWall(bootUs(boot + 1e6))) - (boot + 1e6))).toBeLessThan(1);
  });
});
