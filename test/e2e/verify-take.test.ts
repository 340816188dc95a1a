import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { nodeAvBackend } from '../../src/record/encoders/node-av.ts';
import { FramesCsv } from '../../src/record/frames-csv.ts';
import { formatTake } from '../../src/record/take.ts';
import { repairTake } from '../../src/run/repair/repair.ts';
import { reportTake } from '../../src/run/take/report.ts';
import { verify } from '../../src/verify/verify.ts';
import { genlock, inFolder } from '../support/genlock.ts';
import { testPicture } from '../support/pictures.ts';
import { syntheticCamera, syntheticTake } from '../support/take.ts';

const FRAMES = 12;
const RATE = { num: 30, den: 1 };

/**
 * A take of cameras without a pixel clock in view.
 * @param apartUs how far the second camera's own times are from the first's.
 */
async function takeIn(folder: string, apartUs: number, spec = 'rpicam:'): Promise<void> {
  for (const number of [0, 1]) {
    const encoder = await nodeAvBackend.open({
      ...{ file: join(folder, `cam${number}.mp4`), width: 320, height: 240, frameRate: RATE, intra: 10 },
    });
    const csv = await FramesCsv.open(join(folder, `cam${number}.frames.csv`));
    for (let slot = 0; slot < FRAMES; slot++) {
      await encoder.write(testPicture(slot), slot);
      const wallClockUs = 1_700_000_000_000_000 + Math.round((slot * 1e6) / 30) + number * apartUs;
      const sensorUs = wallClockUs - 1_600_000_000_000_000;
      const unknown = { exposureUs: undefined, gain: undefined, phaseUs: undefined, correctionUs: undefined };
      csv.write({ slot, state: 'captured', cause: undefined, row: { wallClockUs, sensorUs, ...unknown } });
    }
    await encoder.close();
    await csv.close();
  }
  const cameras = [0, 1].map((number) =>
    syntheticCamera(number, { spec: `${spec}${number}`, firstIndex: 0, frames: FRAMES, captured: FRAMES, repeated: 0 }),
  );
  const take = syntheticTake(2, {
    state: 'complete',
    frameRate: RATE,
    frames: FRAMES,
    wanted: FRAMES,
    width: 320,
    height: 240,
    cameras,
  });
  writeFileSync(join(folder, 'take.json'), formatTake(take));
}

it('a take without a pixel clock in view is verified by its timestamps, and that is said', () =>
  inFolder(async (folder) => {
    await takeIn(folder, 40);
    const notes: string[] = [];
    const report = await verify(folder, { onNote: (text) => notes.push(text) });
    expect(report).toMatchObject({ source: 'timestamps', frames: FRAMES, pairs: [{ maxUs: 40 }] });
    expect(report.verdict).not.toBe('not locked');
    expect(notes).toEqual([expect.stringMatching(/no pixel clock .* own timestamps/)]);
    expect((await reportTake(folder)).report).toEqual(report);
  }));

it('verify exits as record does: 0 where timestamps are aligned, 1 where not, and says what it went by', () =>
  inFolder(async (folder) => {
    await takeIn(folder, 40);
    const good = await genlock(['verify', folder]);
    expect(good).toMatchObject({ code: 0, stderr: expect.stringMatching(/no pixel clock is in view/) });
    expect(good.stdout).toMatch(/timestamps, not the pixels/);
    await takeIn(folder, 4_000);
    expect(await genlock(['verify', folder, '--json'])).toMatchObject({ code: 1 });
  }));

it('a repaired take without a pixel clock gets its report from report', () =>
  inFolder(async (folder) => {
    await takeIn(folder, 40);
    await repairTake(folder);
    expect((await reportTake(folder)).report).toMatchObject({ source: 'timestamps', frames: FRAMES });
  }));

it('a virtual camera, which draws its pixel clock, is not let off by timestamps', () =>
  inFolder(async (folder) => {
    await takeIn(folder, 40, 'virtual:imx219?seed=');
    await expect(verify(folder)).rejects.toThrow(/no pixel clock in view/);
  }));
