import { describe, expect, it } from 'vitest';
import { openClock } from '../../src/host/clock.ts';
import { SteeringShell } from '../../src/run/steering/shell.ts';
import { modesOf, type SensorMode } from '../../src/sensor/sensor-models.ts';
import { limitFor, SKIP_BELOW_US, STATISTICS_FRAMES } from '../../src/sync/steering/camera.ts';
import { EvenGrid } from '../../src/sync/steering/grid.ts';
import { Steerer } from '../../src/sync/steering/steerer.ts';
import { type Summary, summarise } from '../../src/time/statistics.ts';
import { nsToUs } from '../../src/time/units.ts';
import { StockClientProcess } from '../support/stock-client.ts';

const PERIOD_US = 1e6 / 30;

/** Steers a stand-in for so many frames. @returns how far each is from its place by its own stamp, in us. */
async function steered(model: string, behaviour: string, frames: number) {
  const mode = modesOf(model)[0] as SensorMode;
  const { lineUs, shortestFrameUs, height, delay } = mode;
  const limitUs = limitFor(PERIOD_US, lineUs);
  const args = ['--framerate', (1e6 / (limitUs + 0.5)).toFixed(6)];
  const process = new StockClientProcess(`${behaviour},models=${model}`, args);
  const clock = openClock();
  const grid = new EvenGrid(clock.boot(), PERIOD_US);
  const steerer = new Steerer(
    {
      ...{ lineUs, limitUs, shortestFrameUs, readoutUs: height * lineUs, skipBelowUs: SKIP_BELOW_US },
      delayFrames: STATISTICS_FRAMES + delay.frameLength,
    },
    grid,
  );
  const shell = new SteeringShell(steerer, process.port, clock);
  process.onLine = (line) => shell.hear(line);
  try {
    await process.next(frames);
    const phasesUs = process.frames.map(({ sensorNs }) => {
      const place = (nsToUs(sensorNs) - grid.at(0)) / PERIOD_US;
      return (place - Math.round(place)) * PERIOD_US;
    });
    return { phasesUs, learned: steerer.learned, channel: steerer.channel, state: shell.state, lineUs };
  } finally {
    shell.close();
    await process.end();
  }
}

describe('a stock process, steered to an even grid by its log', () => {
  it.each([
    ['imx219', 'on', 3],
    ['imx219', 'x=5', 5],
    ['imx708', 'rounds', 4],
  ])('an %s (%s) is held to about half a line, and what was learned of it is right', async (model, behaviour, x) => {
    const { phasesUs, learned, channel, state, lineUs } = await steered(model, behaviour, 240);
    expect(channel).toBe('log');
    expect(learned).toMatchObject({
      delayFrames: x,
      reportShift: 0,
      rounding: behaviour === 'rounds' ? 'round' : 'floor',
    });
    expect(Math.abs((learned?.lineUs ?? 0) - lineUs)).toBeLessThan(1e-4);
    expect(state.state).toBe('locked');
    // Two seconds for the way there. Stamps are 5 us late in the mean.
    const held = phasesUs.slice(60);
    const { mean } = summarise(held) as Summary;
    expect(Math.abs(mean)).toBeLessThan(lineUs / 2);
    // A busy machine keeps an order from its frame now and then: of twenty frames, the nineteen that are nearest.
    const nearest = held.map((us) => Math.abs(us - mean)).sort((a, b) => a - b);
    const { rms } = summarise(nearest.slice(0, Math.ceil(0.95 * nearest.length))) as Summary;
    // With the stamps' own noise, a uniform 10 us.
    expect(rms).toBeLessThan((1.5 * Math.hypot(lineUs, 10)) / Math.sqrt(12));
  });
});
