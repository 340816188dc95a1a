import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/sensor/random.ts';
import { SENSOR_MODES } from '../../src/sensor/sensor-models.ts';
import { toSvg } from '../../src/sim/drawing.ts';
import { steeredCamera } from '../../src/sim/machines.ts';
import { offsetPlot } from '../../src/sim/plot.ts';
import { runScenario } from '../../src/sim/run-scenario.ts';
import { SCENARIOS, scenarioNamed } from '../../src/sim/scenarios/index.ts';
import { manyCameras } from '../../src/sim/scenarios/many.ts';
import { ownScenario } from '../../src/sim/scenarios/own.ts';
import { clientCamera, type Scenario, STOCK, sensor, serverCamera } from '../../src/sim/scenarios/scenario.ts';
import { Tally } from '../../src/sim/tally.ts';
import { headroom } from '../../src/sync/tracking/headroom.ts';
import { summarise } from '../../src/time/statistics.ts';
import { genlock, inFolder } from '../support/genlock.ts';

const named = (name: string): Scenario => scenarioNamed(name) as Scenario;
/** The speed that a scenario asks for is no matter of a test on a shared machine. */
const untimed = (name: string, seed: number) => runScenario(named(name), { seed });

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
  };

  it('each is tried, many cameras with fewer of them', () => {
    expect([...Object.keys(seeds), 'many-cameras', 'anything'].sort()).toEqual(
      SCENARIOS.map(({ name }) => name).sort(),
    );
  });

  it.each(Object.entries(seeds).flatMap(([name, list]) => list.map((seed) => [name, seed] as const)))(
    '%s with seed %i',
    (name, seed) => {
      const { result } = untimed(name, seed);
      expect(result.failures).toEqual([]);
      expect(result.pass).toBe(true);
    },
  );

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

describe('genlock simulate', () => {
  it('prints a table of both controllers for people', async () => {
    const { code, stdout } = await genlock(['simulate', 'same-model', '--seed', '31']);
    expect(stdout).toMatch(/same-model: .*\nmust hold: rms at most 1.05 x limit/);
    expect(stdout).toMatch(/cam1 +imx219 +genlock +0\.\d\d s +5\.\d us .* 1\.0\d +\d+ +0\n +stock +\d/);
    expect(stdout).toMatch(/pass {2}seed 31, \d\.\d\d million camera frames a second/);
    expect(code).toBe(0);
  });

  it('--json is one object of the documented shape, and nothing else on stdout', async () => {
    const { code, stdout } = await genlock(['simulate', 'no-headroom', '--seed', '31', '--json']);
    const result = JSON.parse(stdout);
    expect(Object.keys(result).sort()).toEqual(['cameras', 'failures', 'framesPerSecond', 'pass', 'scenario', 'seed']);
    expect(result).toMatchObject({ scenario: 'no-headroom', seed: 31, pass: true, failures: [] });
    expect(result.framesPerSecond).toBeGreaterThan(0);
    const figures = {
      lockSeconds: expect.any(Number),
      rmsUs: expect.any(Number),
      p99Us: expect.any(Number),
      maxUs: expect.any(Number),
      slotsWrong: expect.any(Number),
    };
    expect(result.cameras[0]).toEqual({
      variant: 'imx477-34',
      camera: 'cam1',
      model: 'imx477',
      mode: '2028x1520',
      lineUs: 15.16668,
      noiseUs: 3,
      frames: expect.any(Number),
      limitRmsUs: 15.16668 / Math.sqrt(12),
      refused: null,
      ours: figures,
      stock: figures,
    });
    expect(result.cameras[1]).toMatchObject({ refused: { highestSafeFps: 119.8 }, ours: null });
    expect(code).toBe(0);
  });

  it('a world of your own takes sensors, crystals, noise, losses and drops', async () => {
    const args = ['--model', 'imx708:1536x864', '--server-model', 'imx296', '--framerate', '60', '--ppm', '40,-60'];
    const rest = ['--noise', '5', '--loss', '0.1', '--drop', '0.01', '--seconds', '40', '--cameras', '2', '--json'];
    const { code, stdout } = await genlock(['simulate', ...args, ...rest]);
    const { cameras, scenario } = JSON.parse(stdout);
    expect(scenario).toBe('own');
    expect(cameras).toHaveLength(2);
    expect(cameras[1]).toMatchObject({ camera: 'cam2', model: 'imx708', mode: '1536x864', noiseUs: 5 });
    expect(cameras[1].ours.slotsWrong).toBe(0);
    expect(cameras[1].ours.rmsUs).toBeLessThan(1.3 * cameras[1].limitRmsUs);
    expect(code).toBe(0);
  });

  it('--plot writes an SVG, or a PNG', () =>
    inFolder(async (folder) => {
      const svg = join(folder, 'plot.svg');
      const png = join(folder, 'plot.png');
      expect((await genlock(['simulate', 'clock-step', '--variant', 'client+1s', '--plot', svg])).code).toBe(0);
      expect(readFileSync(svg, 'utf8')).toMatch(
        /^<svg[\s\S]*clock-step, client\+1s, imx219 behind imx219[\s\S]*<\/svg>\n$/,
      );
      expect((await genlock(['simulate', '1', '--plot', png])).code).toBe(0);
      const bytes = readFileSync(png);
      expect(bytes.subarray(1, 4).toString()).toBe('PNG');
      expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([1200, 800]);
    }));

  it('--help says how to use it', async () => {
    const { code, stdout } = await genlock(['simulate', '--help']);
    expect(stdout).toMatch(/Usage: genlock simulate[\s\S]*--plot <file>[\s\S]*A world of your own:[\s\S]*--loss/);
    expect(code).toBe(0);
  });

  it('--list names every scenario and what must hold', async () => {
    const { code, stdout } = await genlock(['simulate', '--list']);
    for (const { name, limits } of SCENARIOS) {
      expect(stdout).toContain(name);
      expect(stdout).toContain(`must hold: ${limits}`);
    }
    expect(code).toBe(0);
  });

  it.each([
    [['nonsense'], /no scenario "nonsense"; there are same-model, crystal-100ppm/],
    [['99'], /no scenario "99"/],
    [['same-model', '--all'], /--all and same-model: give one or the other/],
    [['same-model', '--server-model', 'imx708'], /--server-model makes a world of your own; .* with same-model/],
    [['--all', '--plot', 'x.svg'], /--plot draws one scenario/],
    [['lost-messages', '--variant', 'none'], /--variant none: no variant of lost-messages; it has loss-30, bursts-5s/],
    [['same-model', '--variant', 'x'], /--variant x: no variant of same-model; it has none/],
    [['--seed', '-1'], /--seed -1: must be a whole number/],
    [['--plot', 'x.jpg'], /--plot x.jpg: must end in .svg or .png/],
    [['--plot', '/nowhere/x.svg'], /--plot \/nowhere\/x.svg: /],
    [['--model', 'imx999'], /--model imx999: no sensor "imx999"; there are imx219/],
    [['--model', 'imx708:1x1'], /--model imx708:1x1: imx708 has no mode "1x1"; it has 2304x1296/],
    [['--framerate', '60'], /--framerate 60: imx219 in mode 1640x1232 runs at most at 41.8 fps/],
    [['--framerate', '0'], /--framerate 0/],
    [['--ppm', '5'], /--ppm 5: give two numbers/],
    [['--ppm', '5,x'], /--ppm x: must be a number/],
    [['--loss', '2'], /--loss 2: must be a number from 0 to 1/],
    [['--drop', '1'], /--drop 1: must be a number from 0 to 0.9/],
    [['--noise', 'loud'], /--noise loud/],
    [['--seconds', '1'], /--seconds 1: must be a number from 4/],
    [['--cameras', '0'], /--cameras 0/],
    [['--nonsense'], /unknown option '--nonsense'/],
  ])('%j is one clear line and exit code 2', async (args, words) => {
    const { code, stdout, stderr } = await genlock(['simulate', ...args]);
    expect(stderr).toMatch(words);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
    expect(code).toBe(2);
    expect(existsSync('x.svg')).toBe(false);
  });
});
