import { describe, expect, it } from 'vitest';
import { Random } from '../src/sensor/random.ts';
import { SENSOR_MODES } from '../src/sensor/sensor-models.ts';
import { toSvg } from '../src/sim/drawing.ts';
import { steeredCamera } from '../src/sim/machines.ts';
import { offsetPlot } from '../src/sim/plot.ts';
import { runScenario } from '../src/sim/run-scenario.ts';
import { SCENARIOS, scenarioNamed } from '../src/sim/scenarios/index.ts';
import { manyCameras } from '../src/sim/scenarios/many.ts';
import { ownScenario } from '../src/sim/scenarios/own.ts';
import { clientCamera, type Scenario, STOCK, sensor, serverCamera } from '../src/sim/scenarios/scenario.ts';
import { Tally } from '../src/sim/tally.ts';
import { headroom } from '../src/sync/tracking/headroom.ts';
import { summarise } from '../src/time/statistics.ts';
import { samples } from './support/thorough.ts';

const named = (name: string): Scenario => scenarioNamed(name) as Scenario;
/** The speed that a scenario asks for is no matter of a test on a shared machine. */
const untimed = (name: string, seed: number, worlds = Number.POSITIVE_INFINITY) => {
  const scenario = named(name);
  return runScenario({ ...scenario, variants: scenario.variants.slice(0, worlds) }, { seed });
};
/** Replaying the orders under way with each late report takes ten times what other scenarios do. */
const SLOW = ['steered-metadata'];

describe('scenarios hold', () => {
  const seeds: Record<string, number[]> = {
    'same-model': [31, 32, 33],
    'crystal-100ppm': [31, 32, 33],
    'mixed-models': [31, 32],
    'noisy-timestamps': [31, 32, 33],
    'lost-messages': [31, 32],
    holdover: [31],
    'server-restart': [31, 32],
    'clock-step': [31, 32],
    'frame-rates': [31],
    'no-headroom': [31],
    'dropped-frames': [31, 32, 33],
    'worst-phase': [31],
    'late-join': [31],
    'stock-peers': [31, 32],
    pauses: [31, 32],
    'carried-on': [31, 32],
    'server-host-reboots': [31],
    'another-host-takes-over': [31],
    'boot-clocks-apart': [31],
    'dragged-away': [31],
    steered: [31, 32],
    'steered-metadata': [31],
    'steered-grid': [31],
    'steered-100ppm': [31],
    'steered-60fps': [31],
    'steered-unknown': [31, 32],
    'steered-lossy': [31],
    'steered-busy': [31, 32],
    'steered-x-moves': [31],
    'steered-clock-step': [31],
    'steered-leader': [31],
    'steered-start': [31],
    'steered-under-ours': [31],
    'late-processes': [31, 32],
    grid: [31],
    'hosts-quiet': [31],
    'hosts-wifi': [31, 32],
    'hosts-asymmetric': [31],
    'hosts-drift': [31],
    'hosts-reboot': [31],
    'hosts-no-exchange': [31],
    'phase-hunt': [31],
    'phase-hunt-delay': [31, 32],
  };

  it('each is tried, many cameras with fewer of them', () => {
    expect([...Object.keys(seeds), 'many-cameras', 'anything'].sort()).toEqual(
      SCENARIOS.map(({ name }) => name).sort(),
    );
  });

  it.each(
    Object.entries(seeds).flatMap(([name, list]) => list.slice(0, samples(3, 1)).map((seed) => [name, seed] as const)),
  )('%s with seed %i', (name, seed) => {
    const worlds = SLOW.includes(name) ? samples(Number.POSITIVE_INFINITY, 1) : undefined;
    const { result } = untimed(name, seed, worlds);
    expect(result.failures).toEqual([]);
    expect(result.pass).toBe(true);
  });

  it('three hundred cameras, each in its slots', () => {
    const { result } = runScenario(manyCameras(300), { seed: 31 });
    expect(result.failures).toEqual([]);
    expect(result.cameras).toHaveLength(300);
    expect(result.cameras.every(({ stock }) => stock === null)).toBe(true);
  });

  it('a rate is refused only where there is no room, and the rate that is named is safe with the worst crystals', () => {
    const { result } = untimed('no-headroom', 31);
    expect(result.cameras.map(({ variant, refused }) => [variant, refused])).toEqual([
      ['imx477-34', null],
      ['imx708-120', { highestSafeFps: 119.8 }],
      ['imx708-hdr-30', { highestSafeFps: 29.9 }],
    ]);
    for (const mode of SENSOR_MODES) {
      const frameUs = mode.shortestFrameUs;
      const refused = headroom(steeredCamera(clientCamera({ mode, frameUs })));
      const safeUs = 1e6 / (refused?.highestSafeFps as number);
      expect(headroom(steeredCamera(clientCamera({ mode, frameUs: safeUs })))).toBeUndefined();
      const world = ownScenario({
        seconds: 60,
        link: {},
        server: serverCamera({ mode, frameUs: safeUs, ppm: 100 }),
        clients: [clientCamera({ mode, frameUs: safeUs, ppm: -100 })],
      });
      const { ours, limitRmsUs } = runScenario(world, { seed: 31 }).result.cameras[0] ?? {};
      expect(ours?.rmsUs).toBeLessThan(1.1 * (limitRmsUs as number));
      expect(ours?.slotsWrong).toBe(0);
    }
  });
});

describe('the simulator', () => {
  it('gives the same run for the same seed, and another for another', () => {
    const [a, b, c] = [5, 5, 6].map((seed) => JSON.stringify(untimed('same-model', seed).result.cameras));
    expect(a).toBe(b);
    expect(a).not.toBe(c);
  });

  it('sees what a controller does not: a wrong slot, a late lock, a failed limit', () => {
    const { variants, ...rest } = named('clock-step');
    const swapped = variants
      .filter(({ name }) => name === 'client+1h')
      .map((variant) => ({ ...variant, ours: STOCK, stock: undefined }));
    const { result } = runScenario({ ...rest, variants: swapped }, { seed: 31 });
    expect(result.pass).toBe(false);
    expect(result.cameras[0]?.ours?.slotsWrong).toBeGreaterThan(0);
    expect(result.cameras[0]?.stock).toBeNull();
    expect(result.failures.join()).toMatch(/client\+1h: \d+ frames in a wrong slot/);
  });

  it('without a clock it does not say how fast it is; with one it does, and counts it', () => {
    const world = { ...manyCameras(2), leastFramesPerSecond: 1000 };
    expect(runScenario(world, { seed: 1 }).result.framesPerSecond).toBeNull();
    const ticking = (step: number) => {
      let now = 0;
      return () => {
        now += step;
        return now;
      };
    };
    const slow = runScenario(world, { seed: 1, seconds: ticking(2), coreSeconds: ticking(10) }).result;
    // A minute of three cameras at 30.006 fps, and the server twenty seconds ahead.
    expect(Math.abs((slow.framesPerSecond as number) - ((3 * 60 + 20) * 30.006) / 2)).toBeLessThan(3);
    expect(slow.pass).toBe(false);
    expect(slow.failures).toEqual([expect.stringMatching(/camera frames a second of a core, less than 1000/)]);
  });

  it('sums offsets up as if it had kept them all', () => {
    const random = new Random(4);
    for (const count of [1, 2, 99, 100, 101, 250, 1800, 6000]) {
      const tally = new Tally(6000);
      const values = Array.from({ length: count }, () => random.gauss() * 7 + 1);
      for (const value of values) tally.add(value);
      const expected = summarise(values);
      expect(tally.rmsUs).toBeCloseTo(expected?.rms as number, 9);
      expect(tally.p99Us).toBe(expected?.p99);
      expect(tally.maxUs).toBe(expected?.max);
    }
    expect(new Tally(10).rmsUs).toBeNull();
  });

  it('draws both controllers and the band of the sensor, with axes in words', () => {
    const points = Array.from({ length: 600 }, (_, i) => [i / 10, Math.sin(i) * 50]).flat();
    const drawing = offsetPlot({
      title: 'a < b & c',
      lineUs: sensor('imx219').lineUs,
      frameUs: 33333,
      eventSeconds: 30,
      ours: { name: 'genlock', points },
      stock: { name: 'stock', points: points.map((value, i) => (i % 2 ? 3 * value : value)) },
    });
    const svg = toSvg(drawing);
    expect(svg).toMatch(/^<svg xmlns=/);
    for (const words of ['a &lt; b &amp; c', 'genlock', 'stock', 'offset in microseconds', 'time in seconds', 'event'])
      expect(svg).toContain(words);
    const dots = drawing.items.filter((item) => item.kind === 'dots' && item.points.length > 2);
    expect(dots).toHaveLength(4);
    for (const item of drawing.items) {
      const numbers = 'points' in item ? item.points : [item.x, item.y];
      expect(numbers.every(Number.isFinite)).toBe(true);
    }
  });
});
