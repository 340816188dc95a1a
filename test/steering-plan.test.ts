import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settleTake, type TakeValues } from '../src/options/take.ts';
import type { ListedCamera } from '../src/rpicam/list-cameras.ts';
import type { TakeOptions } from '../src/run/plan/options.ts';
import { planSteering } from '../src/run/stock/steering-plan.ts';
import { inFolder } from './support/genlock.ts';
import { standIn } from './support/stand-in.ts';

const PERIOD_US = 1e6 / 30;
const TUNING = 'LIBCAMERA_IPA_CONFIG_PATH';

const models: Readonly<Record<string, string>> = { 'rpicam:0': 'imx219', 'rpicam:1': 'imx708', 'rpicam:2': 'ov64a40' };
const listed = (spec: string): ListedCamera => ({ model: models[spec], modes: [] }) as unknown as ListedCamera;

const take = (specs: readonly string[], values: TakeValues = {}): TakeOptions => ({
  ...settleTake(values),
  ...{ folder: '/take', specs, names: specs, frames: 90, interfaces: undefined },
});

/** The plan of a take on a machine that has tuning files for all sensors that are known here. */
const plan = (...given: Parameters<typeof take>) =>
  inFolder(async (home) => {
    process.env[TUNING] = standIn(home).env[TUNING];
    return planSteering(take(...given), listed);
  });

describe('which stock cameras are steered, and to whose frames', () => {
  let before: string | undefined;
  beforeEach(() => {
    before = process.env[TUNING];
  });
  afterEach(() => {
    if (before === undefined) delete process.env[TUNING];
    else process.env[TUNING] = before;
  });

  it.each([
    ['0.7.1', 60, true],
    ['0.7.1+rpt20260429', 60, true],
    ['0.7.0', 60, false],
    [undefined, 60, false],
    ['0.7.1', 30, false],
  ] as const)(
    'with libcamera %s at %d fps runs its algorithms on every frame by a configuration of ours: %s',
    async (libcamera, fps, set) => {
      const { runs } = await inFolder(async (home) => {
        process.env[TUNING] = standIn(home).env[TUNING];
        const options = take(['rpicam:0'], { frameRate: { num: fps, den: 1 }, width: 640, height: 480, lead: 'grid' });
        return planSteering(options, listed, libcamera);
      });
      const run = runs.get('rpicam:0');
      expect(run?.config !== undefined).toBe(set);
      expect(run?.camera.skipBelowUs).toBeCloseTo(set ? 7499.7 : 30_000, 6);
    },
  );

  it('is the first one, which runs free, as near to the rate as whole lines come', async () => {
    const { led, leads, gridUs, runs, notes } = await plan(['rpicam:0', 'rpicam:1']);
    expect({ led, leads, notes }).toEqual({ led: true, leads: true, notes: [] });
    const [first, second] = ['rpicam:0', 'rpicam:1'].map((spec) => runs.get(spec));
    expect(gridUs).toBe(first?.restUs);
    expect(Math.abs(gridUs - PERIOD_US)).toBeLessThan((first?.camera.lineUs ?? 0) / 2);
    // Who follows is at rest up to a line before the frames that it follows.
    const short = (gridUs - (second?.restUs ?? 0)) / (second?.camera.lineUs ?? 0);
    expect(short).toBeGreaterThanOrEqual(0);
    expect(short).toBeLessThan(1);
  });

  it('is nobody where the first can not be heard, or shall not lead', async () => {
    expect(await plan(['rpicam:0', 'rpicam:1'], { steer: 'grid' })).toMatchObject({
      ...{ led: true, leads: false, gridUs: PERIOD_US },
    });
    const free = await plan(['rpicam:0', 'rpicam:1'], { lead: 'grid' });
    expect(free).toMatchObject({ led: false, leads: false, gridUs: PERIOD_US });
    expect(free.runs.size).toBe(2);
  });

  it('is a server of ours, where that is the first', async () => {
    const { led, leads, runs } = await plan(['0', 'virtual:imx219', 'rpicam:1']);
    expect({ led, leads, steered: [...runs.keys()] }).toEqual({ led: false, leads: false, steered: ['rpicam:1'] });
  });

  it('are none where that was asked for; where it can not be had a line says why', async () => {
    expect(await plan(['rpicam:0'], { steer: 'stock' })).toMatchObject({ led: false, notes: [] });
    const unknown = await planSteering(take(['rpicam:2', 'rpicam:0']), listed);
    expect(unknown.runs.size).toBe(0);
    expect(unknown.notes).toEqual([expect.stringMatching(/once a second: no tuning file for ov64a40/)]);
  });
});
