import { describe, expect, it } from 'vitest';
import { Random } from '../src/sensor/random.ts';
import { Drift } from '../src/sync/hunting/drift.ts';
import { PhaseHunt } from '../src/sync/hunting/phase-hunt.ts';
import { StreamLine } from '../src/sync/hunting/stream-line.ts';
import { bootUs } from '../src/time/units.ts';

const FRAME_US = 1e6 / 30;

/** A stream of frames that begins at a phase and drifts, with noise of 100 us. */
function stream(hunt: PhaseHunt, random: Random, from: { us: number; phaseUs: number; ppm?: number; frames: number }) {
  for (let i = 0; i < from.frames; i++) {
    const us = from.us + i * FRAME_US;
    const phaseUs = from.phaseUs + (from.ppm ?? 0) * 1e-6 * i * FRAME_US + 100 * random.gauss();
    const folded = phaseUs - FRAME_US * Math.round(phaseUs / FRAME_US);
    if (hunt.frame(bootUs(us), folded)) return i + 1;
  }
  return undefined;
}

const hunt = (middleUs = 0): PhaseHunt => new PhaseHunt({ frameUs: FRAME_US, withinUs: 2_000, middleUs });

describe('a hunt for a phase', () => {
  it('gives up a stream that is clearly wrong at its second frame, and takes one that lies well', () => {
    const [random, far, near] = [new Random(1), hunt(), hunt()];
    far.started(bootUs(0));
    expect(stream(far, random, { us: 2e5, phaseUs: 9_000, frames: 30 })).toBe(2);
    expect(far.state).toBe('hunting');
    near.started(bootUs(0));
    expect(stream(near, random, { us: 2e5, phaseUs: -900, frames: 30 })).toBeUndefined();
    expect(near.state).toBe('found');
    expect(near.report).toMatchObject({ starts: 1 });
    expect(near.report.beginUs).toBeCloseTo(-900, -2);
  });

  it('takes phases at the fold for what they are: half a frame away', () => {
    const folded = hunt();
    folded.started(bootUs(0));
    expect(stream(folded, new Random(2), { us: 2e5, phaseUs: FRAME_US / 2, frames: 30 })).toBe(2);
    expect(Math.abs(folded.report.middleUs ?? 0)).toBeGreaterThan(FRAME_US / 2 - 500);
  });

  it('learns the drift before it decides for a long recording, and counts its middle', () => {
    // At 40 ppm the middle of 5 minutes is 6 ms later: what is right now is wrong there, and the other way round.
    const [random, now, then] = [new Random(3), hunt(150e6), hunt(150e6)];
    now.started(bootUs(0));
    expect(stream(now, random, { us: 2e5, phaseUs: 0, ppm: 40, frames: 600 })).toBeGreaterThan(60);
    then.started(bootUs(0));
    expect(stream(then, random, { us: 2e5, phaseUs: -6_000, ppm: 40, frames: 600 })).toBeUndefined();
    expect(then.state).toBe('found');
    const { driftPpm, driftErrorPpm, beginUs = 0, endUs = 0 } = then.report;
    expect(Math.abs(driftPpm - 40)).toBeLessThan(4 * driftErrorPpm);
    expect([Math.sign(beginUs), Math.sign(endUs)]).toEqual([-1, 1]);
  });

  it('starts at the moment that a repeating delay makes right', () => {
    const [random, one] = [new Random(4), hunt()];
    let toldUs = 0;
    one.started(bootUs(toldUs));
    let starts = 1;
    for (; starts < 10 && one.state !== 'found'; starts++) {
      // The server's frames are at whole multiples; this camera's first comes 212 ms after it is told, each time.
      const us = toldUs + 212_345;
      const phaseUs = us - FRAME_US * Math.round(us / FRAME_US);
      const given = stream(one, random, { us, phaseUs, frames: 30 });
      if (given === undefined) break;
      toldUs = one.startAt(bootUs(us + given * FRAME_US + 30_000));
      one.started(bootUs(toldUs));
    }
    expect(one.state).toBe('found');
    expect(starts).toBeLessThanOrEqual(4);
  });

  it('says so where no start moves the phase', () => {
    const [random, one] = [new Random(5), hunt()];
    let us = 0;
    for (let i = 0; i < 12 && one.state === 'hunting'; i++) {
      one.started(bootUs(us));
      // The sensor runs on: whoever starts it gets the next of the same frames.
      const first = FRAME_US * Math.ceil((us + 200_000) / FRAME_US) + 8_000;
      const given = stream(one, random, { us: first, phaseUs: 8_000, frames: 30 }) ?? 30;
      us = one.startAt(bootUs(first + given * FRAME_US + 50_000));
    }
    expect(one.state).toBe('fixed');
  });

  it('goes on where what was found drifts away before the recording begins', () => {
    const [random, one] = [new Random(6), hunt()];
    one.started(bootUs(0));
    expect(stream(one, random, { us: 2e5, phaseUs: 1_300, frames: 20 })).toBeUndefined();
    expect(one.state).toBe('found');
    const drifting = stream(one, random, { us: 2e5 + 20 * FRAME_US, phaseUs: 1_300, ppm: 200, frames: 600 });
    expect(drifting).toBeGreaterThan(30);
    expect(one.state).toBe('hunting');
  });
});

describe('the drift of a camera that is started again and again', () => {
  it('is one for all its streams, within its standard error', () => {
    const [random, drift] = [new Random(7), new Drift()];
    for (let i = 0; i < 40; i++) {
      const line = new StreamLine(FRAME_US);
      const phase = random.between(-16_000, 16_000);
      for (let n = 0; n < 30; n++) {
        const y = phase + 25e-6 * n * FRAME_US + 150 * random.gauss();
        line.add(i * 2e6 + n * FRAME_US, y - FRAME_US * Math.round(y / FRAME_US));
      }
      drift.keep(line);
    }
    const { slope, error, noiseUs } = drift.with(new StreamLine(FRAME_US));
    expect(Math.abs(slope - 25e-6)).toBeLessThan(3 * error);
    expect(error).toBeLessThan(30e-6);
    expect(noiseUs).toBeGreaterThan(130);
    expect(noiseUs).toBeLessThan(170);
  });
});
