import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SCHEMA_FILE, takeSchemaText } from '../scripts/take-schema.ts';
import { type Take, takeSchema } from '../src/record/take.ts';
import { SCHEMA, type Schema, schemaErrors } from './support/take-schema.ts';

const NOW = '2026-01-02T03:04:05.678Z';

/** A take of which everything is known. */
const FULL: Required<Take> = {
  format: 'genlock take',
  version: 1,
  genlock: '0.1.0',
  software: {
    node: '20.20.2',
    os: 'Linux 6.1.0-18-amd64',
    distribution: 'Debian GNU/Linux 12 (bookworm)',
    arch: 'x64',
    encoder: 'node-av',
    nodeAv: '6.1.1',
    ffmpeg: '8.1',
  },
  commandLine: ['genlock', 'record'],
  note: 'the second jump',
  pid: 4711,
  state: 'failed',
  started: NOW,
  ended: NOW,
  timestamps: 'true',
  frameRate: { num: 30_000, den: 1001 },
  frames: 150,
  wanted: 150,
  width: 640,
  height: 480,
  sync: {
    controller: 'tracking',
    align: 'end',
    group: '239.255.255.250',
    port: 10_000,
    interface: '127.0.0.1',
    periodFrames: 30,
    readyFrames: 100,
    minAdjustmentUs: 20,
    readyTimeUs: 1_767_323_045_678_901,
  },
  exposure: { exposureUs: 4000, gain: 2, awbGains: [1.5, 2.25], matched: true },
  name: 'take1',
  cameras: [
    {
      name: 'cam0',
      host: 'pi2',
      gathered: true,
      sync: 'server',
      spec: 'rpicam:0',
      file: 'cam0.mp4',
      framesCsv: 'cam0.frames.csv',
      files: [{ file: 'cam0.mp4', framesCsv: 'cam0.frames.csv', firstIndex: 0, frames: 150, pid: 4712 }],
      timestamps: 'nominal',
      model: 'imx219',
      mode: '1640x1232',
      lineUs: 18.90352,
      rows: 1232,
      globalShutter: false,
      readout: { topUs: 12.5, rowUs: 48.4 },
      exposureUs: 4000,
      gain: 2,
      steered: true,
      whyNotSteered: 'it is a file',
      pixelClock: true,
      panelRows: [350, 454],
      encoder: 'rpicam-vid',
      hostClock: { boundUs: 45 },
      clock: {
        host: 'pi',
        source: 'clock_gettime',
        resolutionUs: 0.001,
        synchronised: true,
        offsetUs: -3.5,
        boundUs: 900,
        timeService: {
          service: 'chrony',
          synchronised: true,
          ownReference: false,
          source: 'PPS0',
          address: '192.0.2.1',
          offsetUs: -1.5,
          jitterUs: 2.5,
          boundUs: 12,
          ageS: 7,
        },
        injected: {
          offsetUs: 1500,
          ppm: 20,
          bootOffsetUs: 7.2e9,
          bootPpm: 50,
          steps: [{ byUs: -1e6, afterUs: 5e6, sinceBoot: true }],
        },
      },
      firstIndex: 0,
      frames: 150,
      captured: 147,
      repeated: 3,
      drops: 3,
      overload: 1,
      diskWaitMs: 12,
      lost: 1,
      corrections: 22,
      hunt: {
        ...{ starts: 4, firstUs: 8700, beginUs: -868, middleUs: -851, endUs: -835, driftPpm: 10.9 },
        driftErrorPpm: 6,
      },
      messages: 5,
      refused: { 'off the grid': 2 },
      interrupted: false,
      warnings: ['2 frames were dropped'],
      error: 'was ended by SIGKILL',
      states: [{ at: NOW, state: 'recording', recording: true, index: 0 }],
      statesLeftOut: 7,
      stock: {
        program: '/usr/bin/rpicam-vid',
        version: 'rpicam-apps build: v1.12.0',
        arguments: ['-n'],
        log: 'cam0.log',
        metadata: 'cam0.metadata.json',
        pts: 'cam0.pts',
        original: 'cam0.h264',
        conformed: 're-encoded',
        reencodedFrames: 31,
        steering: {
          channel: 'log',
          reason: 'as asked for',
          leads: true,
          lineUs: 18.9035,
          delayFrames: 4,
          reportShift: 0,
          rounding: 'floor',
          noiseUs: 2.9,
          latencyFrames: 0.9,
        },
        slotsBy: 'announced',
      },
    },
  ],
  problems: ['cam0: was ended by SIGKILL'],
  preset: 'veryfast',
  restart: true,
  troubles: [{ kind: 'not-locked-in-time', camera: 'cam1', state: 'waiting', from: '192.168.1.7:4711' }],
  repaired: NOW,
};

type Path = readonly (string | number)[];

/** Every place in a value, the value itself left out. */
function pathsIn(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  const keys = Array.isArray(value) ? value.map((_, i) => i) : Object.keys(value);
  return keys.flatMap((key) => {
    const path = [...at, key];
    return [path, ...pathsIn((value as Record<string | number, unknown>)[key], path)];
  });
}

/** A copy with something else in one place; undefined takes out what is there. */
function changed(path: Path, to: unknown): unknown {
  const copy = structuredClone(FULL);
  let parent = copy as unknown as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) parent = parent[key] as Record<string | number, unknown>;
  const last = path.at(-1) as string | number;
  if (to === undefined && Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (to === undefined) delete parent[last];
  else parent[last] = to;
  return copy;
}

/** Every property with the name of what it is in. */
function properties(schema: Schema, within: string): [name: string, property: Schema][] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, property]): [string, Schema][] => [
    [`${within}.${name}`, property],
    ...properties(property, `${within}.${name}`),
  ]);
  const items = schema.items ? properties(schema.items, `${within}[]`) : [];
  const defined = Object.entries(schema.$defs ?? {}).flatMap(([name, each]) => properties(each, name));
  return [...own, ...items, ...defined];
}

const all = properties(SCHEMA, 'take');

/** How a unit is called in a description, by what ends a property's name. */
const UNITS: readonly [ending: RegExp, unit: RegExp][] = [
  [/Us$/, /\bus\b/],
  [/[a-z]S$/, /\bs\b/],
  [/ppm$/, /parts per million/],
  [/\.(width|height)$/, /pixels/],
  [/[gG]ains?$/, /factor/],
  [/Frames$|\.frames$/, /frames|slots/],
  [/\.(corrections|messages|refused|statesLeftOut)$/, /in number/],
];

describe(`${SCHEMA_FILE}, the schema of take.json`, () => {
  it('is what scripts/take-schema.ts writes', () => {
    expect(readFileSync(SCHEMA_FILE, 'utf8')).toBe(takeSchemaText());
  });

  it('has the version of the format in its name', () => {
    expect(SCHEMA).toMatchObject({ $id: 'urn:genlock:take:1', title: 'genlock take, version 1' });
  });

  it('says of every property what it is', () => {
    expect(all.length).toBeGreaterThan(100);
    expect(all.filter(([, { description = '' }]) => description.length < 5)).toEqual([]);
  });

  it('says of every quantity in which unit it is', () => {
    const without = all.filter(([name, { description = '' }]) =>
      UNITS.some(([ending, unit]) => ending.test(name) && !unit.test(description)),
    );
    expect(without.map(([name]) => name)).toEqual([]);
    const times = all.filter(([, { format }]) => format === 'date-time');
    expect(times.filter(([, { description = '' }]) => !description.includes('UTC'))).toEqual([]);
  });

  it('takes a take of which everything is known, and one of which nothing is', () => {
    expect(schemaErrors(FULL)).toEqual([]);
    const { name, sync, spec, file, framesCsv } = FULL.cameras[0] as Take['cameras'][number];
    const { format, version, genlock, state, started, frameRate, width, height } = FULL;
    const { controller, group, port, periodFrames, readyFrames, minAdjustmentUs } = FULL.sync;
    const least = {
      ...{ format, version, genlock, state, started, frameRate, width, height },
      sync: { controller, group, port, periodFrames, readyFrames, minAdjustmentUs },
      cameras: [{ name, sync, spec, file, framesCsv }],
    };
    expect(schemaErrors(least)).toEqual([]);
    expect(takeSchema.safeParse(least).success).toBe(true);
  });

  it('knows nothing that this take has not', () => {
    const has = new Set(pathsIn(FULL).map((path) => path.at(-1)));
    expect(all.map(([name]) => name.split('.').at(-1)).filter((name) => !has.has(name))).toEqual([]);
  });

  it('takes fields of later versions anywhere, as the reader does', () => {
    const places = [[], ...pathsIn(FULL)].filter((path) => {
      const value = path.reduce((inner: unknown, key) => (inner as Record<string | number, unknown>)[key], FULL);
      return typeof value === 'object' && !Array.isArray(value) && path.at(-1) !== 'refused';
    });
    expect(places.length).toBeGreaterThan(8);
    for (const path of places) expect(schemaErrors(changed([...path, 'later'], { of: 'a later version' }))).toEqual([]);
  });

  it('has no file that is not in the folder of the take', () => {
    const files = pathsIn(FULL).filter((path) => ['file', 'framesCsv', 'log', 'pts'].includes(String(path.at(-1))));
    expect(files.length).toBeGreaterThan(4);
    for (const path of files) {
      for (const to of ['../cam0.mp4', '/tmp/cam0.mp4', 'a\\cam0.mp4', '..', '.', '']) {
        expect({ path, to, taken: takeSchema.safeParse(changed(path, to)).success }).toEqual({
          path,
          to,
          taken: false,
        });
        expect(schemaErrors(changed(path, to))).not.toEqual([]);
      }
    }
  });

  it('takes and refuses what the reader takes and refuses, whatever is changed in one place', () => {
    const others = [undefined, null, true, 'text', '2026-02-30T00:00:00Z', -1, 0, 1.5, 7, [], ['text'], [1, 2], {}];
    let refused = 0;
    for (const path of pathsIn(FULL)) {
      for (const to of others) {
        const take = changed(path, to);
        const errors = schemaErrors(take);
        const { success } = takeSchema.safeParse(take);
        if (!success) refused++;
        expect({ path, to, taken: errors.length === 0 }).toEqual({ path, to, taken: success });
      }
    }
    expect(refused).toBeGreaterThan(500);
  });
});
