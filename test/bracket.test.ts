import { describe, expect, it } from 'vitest';
import { stampArrival } from '../src/camera/libav/stamp.ts';
import { VirtualCamera } from '../src/camera/virtual/camera.ts';
import { monoToBoot } from '../src/time/bracket.ts';
import type { Clock } from '../src/time/clock.ts';
import { bootUs, monoUs, wallUs } from '../src/time/units.ts';

/** Boot time is this much ahead of monotonic time, us. */
const AHEAD = 500_000_000;

/** Time that goes on by a microsecond a reading. */
function steps(): () => number {
  let us = 0;
  return () => us++;
}

/** A clock of a process that the scheduler takes away for 20 ms at one reading of the boot clock in three. */
function disturbedClock(nowUs: () => number): Clock {
  let [away, readings] = [0, 0];
  const us = () => nowUs() + away;
  const boot = () => {
    const read = us() + AHEAD;
    if (readings++ % 3 === 0) away += 20_000;
    return bootUs(read);
  };
  const mono = () => monoUs(us());
  const pair = () => ({ bootUs: boot(), wallUs: wallUs(us()) });
  return { source: 'test', resolutionUs: 1, mono, boot, wall: () => wallUs(us()), pair };
}

describe('a moment of monotonic time on the boot clock, in a process that is disturbed between the readings', () => {
  it('is right all the same', () => {
    const clock = disturbedClock(steps());
    for (let i = 0; i < 10; i++) {
      const mono = clock.mono();
      expect(Math.abs(monoToBoot(clock, mono) - AHEAD - mono)).toBeLessThan(100);
    }
  });

  it('is what a device’s stamp is taken by', () => {
    const clock = disturbedClock(steps());
    for (let i = 0; i < 10; i++) {
      const stamp = clock.mono() - 40_000;
      expect(Math.abs(stampArrival(clock, stamp) - AHEAD - stamp)).toBeLessThan(100);
    }
  });

  it('keeps the stamps of a virtual camera even', async () => {
    const clock = disturbedClock(() => performance.now() * 1000);
    const request = {
      spec: 'virtual:imx219?seed=4',
      name: 'cam0',
      width: 320,
      height: 240,
      frameRate: { num: 30, den: 1 },
    };
    const camera = new VirtualCamera(request, clock);
    const stamps: number[] = [];
    const numbers: number[] = [];
    await camera.run((frame) => {
      stamps.push(frame.sensorUs);
      numbers.push(frame.sequence);
      if (stamps.length === 20) void camera.close();
    });
    for (let i = 1; i < 20; i++) {
      const frames = (numbers[i] as number) - (numbers[i - 1] as number);
      expect(Math.abs((stamps[i] as number) - (stamps[i - 1] as number) - frames * 33_333)).toBeLessThan(100);
    }
  });
});
