import { describe, expect, it } from 'vitest';
import { advisedIn } from '../src/advice.ts';
import { flagFor } from '../src/options/flags.ts';
import { type Take, type TakeCamera, takeSchema } from '../src/record/take.ts';
import { noticeLine } from '../src/run/camera/notices.ts';
import { Troubles } from '../src/run/take/troubles.ts';
import { adviceOn } from '../src/verify/advice/advice.ts';
import { judge, type Report } from '../src/verify/alignment.ts';
import { moodOf } from '../src/verify/mood.ts';
import { reportTakeOf, timesOf } from './support/report-take.ts';

const frames = (count: number, late = 0): number[] => Array.from({ length: count }, (_, i) => i + late);
const reportOf = (client: readonly (number | undefined)[], source: Report['source'] = 'pixels'): Report =>
  judge([timesOf('cam0.mp4', frames(client.length)), timesOf('cam1.mp4', client)], { toleranceUs: 1000, source });
const good = reportOf(frames(60));

/** What a command line is told of a take whose client is like this. */
function told(client: Partial<TakeCamera>, more: Partial<Take> = {}, report: Report | undefined = good): string[] {
  const take = takeSchema.parse(reportTakeOf(client, more));
  return adviceOn(report, take).map((advice) => advice.saidWith(flagFor));
}

const OVERLOADED = { frames: 600, captured: 458, repeated: 142, drops: 142, overload: 142 };
const LARGE = { width: 1920, height: 1080 };

describe('advice', () => {
  it('has nothing to say of a take that is as it should be', () => {
    expect(told({ frames: 60, captured: 60, repeated: 0, drops: 0 })).toEqual([]);
  });

  it('says which size and rate the computer manages, by what it did', () => {
    expect(told(OVERLOADED, LARGE)).toEqual([
      '142 frames left out: this computer was too busy; try --width 1280 --height 720, or --framerate 15',
    ]);
    expect(told({ ...OVERLOADED, captured: 60, overload: 540 }, LARGE)[0]).toContain('--width 320 --height 240');
  });

  it('advises a faster preset only where a slower one was asked for', () => {
    expect(told(OVERLOADED, { ...LARGE, preset: 'medium' })[0]).toMatch(
      /try --width 1280 --height 720, or --preset ultrafast$/,
    );
    expect(told(OVERLOADED, { ...LARGE, preset: 'ultrafast' })[0]).not.toContain('--preset');
  });

  it('names the disk where that kept the recording waiting', () => {
    expect(told({ ...OVERLOADED, diskWaitMs: 2_400 })).toEqual([
      '142 frames left out: the disk was too slow, it kept the recording waiting for up to 2.4 s; name a folder on a faster one with --output',
    ]);
    expect(told({}, { state: 'failed', wanted: 600, troubles: [{ kind: 'disk-full' }] })[0]).toMatch(
      /^the disk was nearly full, before 600 frames were recorded: .* --output$/,
    );
  });

  it('tells frames that cameras did not deliver from those that were left out', () => {
    expect(told({ frames: 60, captured: 57, repeated: 3, drops: 3, overload: 0 })).toEqual([
      '3 frames of cam1 did not arrive in time: this computer was too busy, or the camera skipped them; record with less at work on it, or try --framerate 25',
    ]);
    const dim = { frames: 60, captured: 30, repeated: 30, drops: 30, steered: false };
    expect(told(dim)[0]).toBe(
      'cam1 delivered about 15 of 30 frames a second: give it more light, or a fixed --shutter; or try --framerate 15',
    );
  });

  it('says of a camera that never locked whether it heard the server', () => {
    const late = (state: string) => ({
      state: 'failed' as const,
      troubles: [{ kind: 'not-locked-in-time' as const, camera: 'cam1', state }],
    });
    expect(told({}, late('waiting'), undefined)[0]).toMatch(/^cam1 heard nothing of the server: .*--sync-interface/);
    expect(told({}, late('acquiring'), undefined)[0]).toMatch(/^cam1 heard the server .*--lock-timeout$/);
  });

  it('names another take on the same port where something is wrong, or a stock camera hears both', () => {
    const troubles = [{ kind: 'other-server' as const, from: '192.168.1.7:4711' }];
    const advice =
      'another take (192.168.1.7:4711) uses this group and port: give each take a port of its own, --sync-port';
    expect(told({}, { troubles })).toEqual([]);
    expect(told({}, { troubles, state: 'failed' }, undefined)[0]).toContain(advice);
    const stock = { program: 'rpicam-vid', arguments: [], log: 'a.log', metadata: 'b.json', pts: 'c.txt' };
    expect(told({ stock }, { troubles })[0]).toContain(advice);
  });

  it('says which camera started late, and how its frames are counted', () => {
    expect(told({ firstIndex: 30, frames: 30 })[0]).toMatch(/^cam1 started late, at frame 30 \(1\.0 s\): .*N \+ 30/);
  });

  it('says of a camera that died how to have it started again, and not where it was', () => {
    expect(told({ error: 'died', frames: 20 }, { state: 'failed' })[0]).toMatch(/^cam1 ended before .*--restart/);
    const parts = ['cam1', 'cam1-2'].map((name) => ({ file: `${name}.mp4`, framesCsv: `${name}.frames.csv` }));
    expect(told({ error: 'died', frames: 20, files: parts }, { state: 'failed' })).toEqual([]);
  });

  it('says of one that was to be started again that it was in vain', () => {
    const dead = { error: 'died', frames: 20 };
    expect(told(dead, { state: 'failed', restart: true })).toEqual([
      'cam1 ended before the take did, and could not be started again: genlock doctor looks at all that cameras need here',
    ]);
  });

  it('says of one that an overload ended what the computer manages, and nothing of starting it again', () => {
    const behind = { error: "the encoder can't keep up: no room for frame 34; ...", frames: 15, captured: 14 };
    for (const more of [{}, { restart: true as const }]) {
      expect(told(behind, { ...LARGE, ...more, state: 'failed', preset: 'slow' })).toEqual([
        'cam1 could not be encoded in time: this computer was too busy; try --width 1280 --height 720, or --preset ultrafast',
      ]);
    }
  });

  it('names a clock that was set where the take is not locked', () => {
    const troubles = new Troubles();
    const notice = { kind: 'regrid', from: 'x', reason: 'step' } as const;
    troubles.heard('cam1', noticeLine(notice, true, 30));
    troubles.heard('cam1', noticeLine(notice, true, 30));
    troubles.heard('cam1', noticeLine({ kind: 'regrid', from: 'x', reason: 'restart' }, true, 30));
    expect(troubles.all).toEqual([{ kind: 'clock-set', camera: 'cam1' }]);
    expect(told({}, { troubles: [...troubles.all] })).toEqual([]);
    expect(told({}, { troubles: [...troubles.all] }, reportOf(frames(60, 0.1)))[0]).toMatch(
      /^a clock was set while cam1/,
    );
  });

  it('tells a clock that differs from frames that are off by whole ones', () => {
    expect(told({}, {}, reportOf(frames(60, 0.045)))[0]).toMatch(
      /^cam1\.mp4 is 1\.5 ms late all along: .* chrony or PTP$/,
    );
    expect(told({}, {}, reportOf(frames(60, -3)))[0]).toMatch(/^cam1\.mp4 is 100\.0 ms early .*genlock align/);
    expect(adviceOn(reportOf(frames(60, 3)), undefined)[0]?.text).toContain('genlock align cam0.mp4 cam1.mp4');
    const shorter = [timesOf('cam0.mp4', frames(60)), timesOf('cam1.mp4', frames(45, 15))];
    expect(adviceOn(judge(shorter, { toleranceUs: 1000 }), undefined).map(({ about }) => about)).toEqual(['shifted']);
  });

  it('asks for a pixel clock where only timestamps were compared, and for a larger one where it can not be read', () => {
    expect(told({}, {}, reportOf(frames(60), 'timestamps'))[0]).toContain('genlock clock');
    const blind = frames(60).map((at) => (at % 3 === 0 ? undefined : at));
    expect(told({}, {}, reportOf(blind))[0]).toMatch(/^cam1\.mp4: no time can be read in 20 of 60 frames/);
  });

  it('says where frames are as near as cameras can be, and less was allowed', () => {
    const judged = (client: readonly number[], toleranceUs: number) =>
      judge([timesOf('cam0.mp4', frames(client.length)), timesOf('cam1.mp4', client)], { toleranceUs });
    const line = judged(
      frames(60).map((at) => at + (at % 2 === 0 ? 3e-4 : -2e-4)),
      1,
    );
    expect(told({}, {}, line)).toEqual([
      'frames are up to 10.0 us apart: cameras are steered to half a line of the sensor, and no nearer; --tolerance allows as much',
    ]);
    const free = judged(
      frames(60).map((at) => at + ((at * 7) % 10) / 20 - 0.2),
      1000,
    );
    expect(adviceOn(free, undefined).map(({ text }) => text)).toEqual([
      'frames are up to 8.3 ms apart: cameras that run free come no nearer than half a frame; toleranceUs allows as much',
    ]);
  });

  it('says of copies that repeat frames which rate would have none', () => {
    const slow = frames(60).map((at) => (at % 6 === 5 ? at - 1 : at));
    const repeats = new Set(frames(60).filter((at) => at % 6 === 5));
    const report = judge([timesOf('a.mp4', frames(60)), { ...timesOf('b.mp4', slow), marked: repeats }], {
      toleranceUs: 1000,
    });
    expect(adviceOn(report, undefined).map(({ about }) => about)).toEqual(['repeats']);
  });

  it('has something to say of every take that is not locked', () => {
    const odd = frames(60).map((at) => (at % 20 === 7 ? at + 0.2 : at));
    expect(told({}, {}, reportOf(odd))).toHaveLength(1);
    expect(told({}, { state: 'recording' }, undefined)[0]).toContain('genlock repair');
  });

  it('says the same in the words of scripts and of the command line', () => {
    const [advice] = adviceOn(good, takeSchema.parse(reportTakeOf(OVERLOADED, LARGE)));
    expect(advice?.text).toMatch(/try width 1280 height 720, or frameRate 15$/);
    expect(JSON.parse(JSON.stringify(advisedIn({ advice: advice ? [advice] : [] }, flagFor)))).toEqual({
      advice: [{ about: 'overload', text: advice?.saidWith(flagFor) }],
    });
  });
});

describe('the colour of a verdict', () => {
  it('is amber where frames repeat or only timestamps speak, red where it is not locked', () => {
    expect(moodOf(good)).toBe('good');
    expect(moodOf(reportOf(frames(60), 'timestamps'))).toBe('fair');
    const repeating = frames(60).map((at) => (at === 30 ? 29 : at));
    expect(moodOf(reportOf(repeating))).toBe('fair');
    expect(moodOf(reportOf(frames(60, 0.1)))).toBe('bad');
  });
});
