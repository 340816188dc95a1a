import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportTake } from '../src/run/export/export.ts';
import { frameOfTimecode, timecodeAt } from '../src/time/timecode.ts';
import { makeTake } from './support/export-take.ts';
import { need } from './support/program.ts';
import { complaintsOf, xpath } from './support/xmllint.ts';

const NTSC = { num: 30_000, den: 1001 };
const DTD = 'test/fixtures/fcpxml-1.10.dtd';
const home = mkdtempSync(join(tmpdir(), 'genlock-export-editors-'));
const made = join(home, 'made');
const fcpxml = join(made, 'jump & fall.fcpxml');

beforeAll(async () => {
  const take = join(home, 'jump & fall');
  mkdirSync(take);
  const parts = [
    { frames: 12, repeats: { 5: 'missed', 6: 'missed' } },
    { first: 20, frames: 10 },
  ];
  await makeTake(take, [[{ frames: 30 }], parts], { frameRate: NTSC });
  await exportTake(take, { for: 'otio', output: made });
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** The files begin at 03:04:05 in UTC: frames since midnight, drop frame. */
const START = frameOfTimecode('03:04:05;00', NTSC) as number;

describe('an exported OpenTimelineIO timeline', () => {
  interface Schema {
    OTIO_SCHEMA: string;
    name: string;
    kind?: string;
    children: Schema[];
    source_range: { start_time: { value: number; rate: number }; duration: { value: number } };
    markers: { color: string; name: string; marked_range: Schema['source_range'] }[];
    media_references: { DEFAULT_MEDIA: { target_url: string; available_range: Schema['source_range'] } };
    active_media_reference_key: string;
  }
  const timeline = (): { tracks: Schema; global_start_time: { value: number; rate: number } } =>
    JSON.parse(readFileSync(join(made, 'jump & fall.otio'), 'utf8'));

  it('has a track a camera, with gaps where no file has frames, and files that are there', () => {
    const { tracks } = timeline();
    expect(tracks.children.map(({ OTIO_SCHEMA, kind, name }) => [OTIO_SCHEMA, kind, name])).toEqual([
      ['Track.1', 'Video', 'cam0'],
      ['Track.1', 'Video', 'cam1'],
    ]);
    const lengths = tracks.children.map(({ children }) =>
      children.map(({ OTIO_SCHEMA, source_range }) => [OTIO_SCHEMA, source_range.duration.value]),
    );
    expect(lengths).toEqual([
      [['Clip.2', 30]],
      [
        ['Clip.2', 12],
        ['Gap.1', 8],
        ['Clip.2', 10],
      ],
    ]);
    for (const clip of tracks.children.flatMap(({ children }) => children)) {
      if (clip.OTIO_SCHEMA !== 'Clip.2') continue;
      expect(clip.active_media_reference_key).toBe('DEFAULT_MEDIA');
      expect(statSync(fileURLToPath(clip.media_references.DEFAULT_MEDIA.target_url)).size).toBeGreaterThan(0);
      expect(clip.source_range).toEqual(clip.media_references.DEFAULT_MEDIA.available_range);
    }
  });

  it('counts in the timecode of the files, and marks repeats', () => {
    const { tracks, global_start_time } = timeline();
    expect(global_start_time).toEqual({ OTIO_SCHEMA: 'RationalTime.1', rate: 30_000 / 1001, value: START });
    const [first, , second] = tracks.children[1]?.children ?? [];
    expect(first?.source_range.start_time.value).toBe(START);
    expect(second?.source_range.start_time.value).toBe(START + 20);
    expect(first?.markers).toMatchObject([
      {
        ...{ color: 'RED', name: 'no picture of its own: missed' },
        marked_range: { start_time: { value: START + 5 }, duration: { value: 2 } },
      },
    ]);
    expect(second?.markers).toEqual([]);
  });
});

describe('exported FCPXML, read with xmllint', () => {
  it('holds to the DTD', async (context) => {
    need(context, 'xmllint');
    expect(await complaintsOf(fcpxml, DTD)).toBe('');
  });

  it('would not, if an element stood elsewhere or referred to nothing', async (context) => {
    need(context, 'xmllint');
    const text = readFileSync(fcpxml, 'utf8');
    for (const [from, to] of [
      ['<multicam ', '<multicam lane="1" '],
      ['ref="a1"', 'ref="a9"'],
      [/<media-rep .*\n/, ''],
    ] as const) {
      const spoilt = join(home, 'spoilt.fcpxml');
      writeFileSync(spoilt, text.replace(from, to));
      expect(await complaintsOf(spoilt, DTD)).not.toBe('');
    }
  });

  it('has a multicam clip with an angle a camera, in the timecode of the files', async (context) => {
    need(context, 'xmllint');
    const at = async (path: string): Promise<string> => xpath(fcpxml, `string(${path})`);
    expect(await at('//media/@name')).toBe('jump & fall');
    expect(await at('count(//multicam/mc-angle)')).toBe('2');
    expect(await at('//format/@frameDuration')).toBe('1001/30000s');
    expect(await at('//multicam/@tcFormat')).toBe('DF');
    const seconds = async (path: string): Promise<number> => {
      const [over = Number.NaN, under = 1] = (await at(path)).replace('s', '').split('/').map(Number);
      return (over / under) * (30_000 / 1001);
    };
    expect(await seconds('//multicam/@tcStart')).toBeCloseTo(START, 6);
    expect(await seconds('//mc-angle[2]/asset-clip[2]/@offset')).toBeCloseTo(START + 20, 6);
    expect(await seconds('//mc-angle[2]/asset-clip[2]/@start')).toBeCloseTo(START + 20, 6);
    expect(await seconds('//mc-angle[2]/gap/@duration')).toBeCloseTo(8, 6);
    expect(await seconds('//marker/@start')).toBeCloseTo(START + 5, 6);
    expect(await seconds('//spine/mc-clip/@duration')).toBeCloseTo(30, 6);
    expect(await at('//spine/mc-clip/@ref')).toBe(await at('//media/@id'));
  });
});

it.each([NTSC, { num: 60_000, den: 1001 }, { num: 25, den: 1 }, { num: 24_000, den: 1001 }])(
  'the number of a timecode is the one that it was made of, at $num/$den',
  (rate) => {
    const midnight = { wallUs: 0, utcOffsetMinutes: 0 };
    for (const index of [0, 1, 29, 1799, 1800, 1801, 17_981, 17_982, 17_983, 107_891, 107_892, 200_000])
      expect(frameOfTimecode(timecodeAt(midnight, rate, index) as string, rate)).toBe(index);
    expect(frameOfTimecode('nonsense', rate)).toBeUndefined();
    expect(frameOfTimecode('00:00:00:00', { num: 25, den: 2 })).toBeUndefined();
  },
);
