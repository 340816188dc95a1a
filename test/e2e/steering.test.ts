import { describe, expect, it } from 'vitest';
import { openClock } from '../../src/host/clock.ts';
import type { FrameLog } from '../../src/rpicam/steering-log.ts';
import { SteeringShell } from '../../src/run/steering/shell.ts';
import { modesOf, type SensorMode } from '../../src/sensor/sensor-models.ts';
import { limitFor, SKIP_BELOW_US, STATISTICS_FRAMES } from '../../src/sync/steering/camera.ts';
import { EvenGrid } from '../../src/sync/steering/grid.ts';
import { Steerer } from '../../src/sync/steering/steerer.ts';
import { type Summary, summarise } from '../../src/time/statistics.ts';
import { nsToUs } from '../../src/time/units.ts';
import { StockClientProcess } from '../support/stock-client.ts';

const PERIOD_US = 1e6 / 30;

/** Frames for the way there: two seconds. */
const WAY = 60;
/** Frames that are looked at together: two seconds. */
const STRETCH = 60;
/** After so many frames a camera that was held through no stretch is not held. */
const MOST_FRAMES = 900;

interface Held {
  readonly meanUs: number;
  readonly rmsUs: number;
}

/**
 * How well a camera is held through a stretch of frames, by how far each is from its place. Of twenty frames, by the
 * nineteen that are nearest.
 */
function held(phasesUs: readonly number[]): Held {
  const { mean } = summarise(phasesUs) as Summary;
  const nearest = phasesUs.map((us) => Math.abs(us - mean)).sort((a, b) => a - b);
  const { rms } = summarise(nearest.slice(0, Math.ceil(0.95 * nearest.length))) as Summary;
  return { meanUs: mean, rmsUs: rms };
}

/**
 * Steers a stand-in until it was held through a stretch of frames. A busy machine keeps an order from its frame now and
 * then, which disturbs the frames behind it; a camera of which something wrong was learned is never held for two
 * seconds.
 * @param enough whether a stretch is held well.
 * @returns the last stretch, held or not, by the frames' own stamps.
 */
async function steered(model: string, behaviour: string, enough: (stretch: Held) => boolean) {
  const mode = modesOf(model)[0] as SensorMode;
  const { lineUs, shortestFrameUs, height, delay } = mode;
  const limitUs = limitFor(PERIOD_US, lineUs);
  const args = ['-t', '0', '--framerate', (1e6 / (limitUs + 0.5)).toFixed(6)];
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
  const phaseUs = ({ sensorNs }: FrameLog): number => {
    const place = (nsToUs(sensorNs) - grid.at(0)) / PERIOD_US;
    return (place - Math.round(place)) * PERIOD_US;
  };
  try {
    await process.next(WAY);
    let stretch: Held;
    do {
      await process.next(STRETCH);
      stretch = held(process.frames.slice(-STRETCH).map(phaseUs));
    } while (!enough(stretch) && process.frames.length < MOST_FRAMES);
    return { stretch, learned: steerer.learned, channel: steerer.channel, state: shell.state };
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
    const { lineUs } = modesOf(model)[0] as SensorMode;
    // Stamps are 5 us late in the mean. With their own noise, a uniform 10 us.
    const mostMeanUs = lineUs / 2;
    const mostRmsUs = (1.5 * Math.hypot(lineUs, 10)) / Math.sqrt(12);
    const { stretch, learned, channel, state } = await steered(
      model,
      behaviour,
      ({ meanUs, rmsUs }) => Math.abs(meanUs) < mostMeanUs && rmsUs < mostRmsUs,
    );
    expect(Math.abs(stretch.meanUs)).toBeLessThan(mostMeanUs);
    expect(stretch.rmsUs).toBeLessThan(mostRmsUs);
    expect(channel).toBe('log');
    expect(learned).toMatchObject({
      delayFrames: x,
      reportShift: 0,
      rounding: behaviour === 'rounds' ? 'round' : 'floor',
    });
    expect(Math.abs((learned?.lineUs ?? 0) - lineUs)).toBeLessThan(1e-4);
    expect(state.state).toBe('locked');
  });
});
