import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SCENARIOS } from '../src/sim/scenarios/index.ts';
import { inFolder } from './support/genlock.ts';
import { inProcess } from './support/in-process.ts';

describe('genlock simulate', () => {
  it('prints a table of both controllers for people', async () => {
    const { code, stdout } = await inProcess(['simulate', 'same-model', '--seed', '31']);
    expect(stdout).toMatch(/same-model: .*\nmust hold: rms at most 1.05 x limit/);
    expect(stdout).toMatch(/cam1 +imx219 +genlock +0\.\d\d s +5\.\d us .* 1\.0\d +\d+ +0\n +stock +\d/);
    expect(stdout).toMatch(/pass {2}seed 31, \d\.\d\d million camera frames a second/);
    expect(code ?? 0).toBe(0);
  });

  it('--json is one object of the documented shape, and nothing else on stdout', async () => {
    const { code, stdout } = await inProcess(['simulate', 'no-headroom', '--seed', '31', '--json']);
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
    expect(code ?? 0).toBe(0);
  });

  it('a world of your own takes sensors, crystals, noise, losses and drops', async () => {
    const args = ['--model', 'imx708:1536x864', '--server-model', 'imx296', '--framerate', '60', '--ppm', '40,-60'];
    const rest = ['--noise', '5', '--loss', '0.1', '--drop', '0.01', '--seconds', '40', '--cameras', '2', '--json'];
    const { code, stdout } = await inProcess(['simulate', ...args, ...rest]);
    const { cameras, scenario } = JSON.parse(stdout);
    expect(scenario).toBe('own');
    expect(cameras).toHaveLength(2);
    expect(cameras[1]).toMatchObject({ camera: 'cam2', model: 'imx708', mode: '1536x864', noiseUs: 5 });
    expect(cameras[1].ours.slotsWrong).toBe(0);
    expect(cameras[1].ours.rmsUs).toBeLessThan(1.3 * cameras[1].limitRmsUs);
    expect(code ?? 0).toBe(0);
  });

  it('--plot writes an SVG, or a PNG', () =>
    inFolder(async (folder) => {
      const svg = join(folder, 'plot.svg');
      const png = join(folder, 'plot.png');
      expect((await inProcess(['simulate', 'clock-step', '--variant', 'client+1s', '--plot', svg])).code).toBe(0);
      expect(readFileSync(svg, 'utf8')).toMatch(
        /^<svg[\s\S]*clock-step, client\+1s, imx219 behind imx219[\s\S]*<\/svg>\n$/,
      );
      expect((await inProcess(['simulate', '1', '--plot', png])).code).toBe(0);
      const bytes = readFileSync(png);
      expect(bytes.subarray(1, 4).toString()).toBe('PNG');
      expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([1200, 800]);
    }));

  it('--help says how to use it', async () => {
    const { code, stdout } = await inProcess(['simulate', '--help']);
    expect(stdout).toMatch(/Usage: genlock simulate[\s\S]*--plot <file>[\s\S]*A world of your own:[\s\S]*--loss/);
    expect(code ?? 0).toBe(0);
  });

  it('--list names every scenario and what must hold', async () => {
    const { code, stdout } = await inProcess(['simulate', '--list']);
    for (const { name, limits } of SCENARIOS) {
      expect(stdout).toContain(name);
      expect(stdout).toContain(`must hold: ${limits}`);
    }
    expect(code ?? 0).toBe(0);
  });
});
