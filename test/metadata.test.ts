import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Brackets, MetadataFile, type MetadataFormat, metadataEntry } from '../src/record/metadata.ts';
import { formatEntry, type MetadataEntry, type MetadataValue } from '../src/record/metadata-entry.ts';
import { TextFile } from '../src/record/text-file.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-metadata-'));
});
afterAll(() => rm(folder, { recursive: true }));

const FRAME = {
  sensorUs: 6_258_156_730.125,
  wallClockUs: 1_795_379_549_397_541.5,
  exposureUs: 10_397,
  analogueGain: 2,
};

const fixture = (path: string) => readFile(join(import.meta.dirname, 'fixtures/rpicam', path), 'utf8');

/** A value as a reader of the format has it: numbers without the form they were written in. */
function parseValue(text: string): MetadataValue {
  if (text === 'true' || text === 'false') return text === 'true';
  const rectangle = /^\((\d+), (\d+)\)\/(\d+)x(\d+)$/.exec(text.replaceAll('"', ''));
  if (rectangle) {
    const [x = 0, y = 0, width = 0, height = 0] = rectangle.slice(1).map(Number);
    return { x, y, width, height };
  }
  if (text.startsWith('[')) return JSON.parse(text) as number[];
  return /^-?\d+$/.test(text) ? BigInt(text) : Number(text);
}

const parseJson = (text: string): MetadataEntry[] =>
  [...text.matchAll(/\{\n(.*?)\n\}/gs)].map(([, body = '']) =>
    body.split(',\n').map((line) => {
      const [, name = '', value = ''] = /^ {4}"(\w+)": (.*)$/.exec(line) ?? [];
      return [name, parseValue(value)];
    }),
  );

const parseTxt = (text: string): MetadataEntry[] =>
  text
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) =>
      block.split('\n').map((line) => {
        const [name = '', value = ''] = line.split('=');
        return [name, parseValue(value)];
      }),
    );

async function written(entries: readonly MetadataEntry[], format: MetadataFormat, brackets: Brackets): Promise<string> {
  const stream = new PassThrough();
  const file = new MetadataFile(new TextFile(stream, 'test', true), format, brackets);
  const text = textOf(stream);
  for (const entry of entries) file.writeEntry(entry);
  await file.close();
  return text;
}

describe('--metadata', () => {
  test.each(['meta-json-10/m.json', 'meta-mp4/m.json'])('gives back rpicam-vid’s json: %s', async (path) => {
    const text = await fixture(path);
    expect(await written(parseJson(text), 'json', 'both')).toBe(text);
  });

  test.each([
    'bf0/m.json',
    'segment/m.json',
    'signal-h264/m.json',
    'sync-meta-server/server.json',
    'sync-meta-client/client.json',
  ])('gives back rpicam-vid’s json, as far as it was kept: %s', async (path) => {
    const text = await fixture(path);
    const entries = parseJson(text);
    expect(entries.length).toBeGreaterThan(20);
    const whole = text.lastIndexOf('\n}') + 2;
    expect((await written(entries, 'json', 'none')).trimEnd()).toBe(text.slice(2, whole));
  });

  test('gives back rpicam-vid’s txt', async () => {
    const text = await fixture('meta-txt-10/m.txt');
    const entries = parseTxt(text);
    expect(entries).toHaveLength(10);
    expect(await written(entries, 'txt', 'both')).toBe(text);
  });

  test('on stdout it can be as rpicam-vid has it, with the closing bracket alone', async () => {
    const text = await fixture('meta-stdout/out');
    expect(await written(parseJson(text), 'json', 'closing')).toBe(text);
  });

  test('on stdout a reader that puts brackets around it has an array', async () => {
    const entries = [metadataEntry(FRAME), metadataEntry({ syncReady: false })];
    expect(JSON.parse(`[${await written(entries, 'json', 'none')}]`)).toHaveLength(2);
  });

  test('has what is known of a frame, whole us and ns', async () => {
    const file = await MetadataFile.open(join(folder, 'm.json'));
    file.write({ ...FRAME, frameDurationUs: 33_327.4, syncReady: true, syncTimerUs: -0.2 });
    file.write({ digitalGain: 1, colourGains: [1.6, 1.8], scalerCrop: [1000, 752, 1280, 960] });
    await file.close();
    const text = await readFile(join(folder, 'm.json'), 'utf8');
    expect(text).toBe(
      [
        '[',
        '{',
        '    "SensorTimestamp": 6258156730125,',
        '    "FrameWallClock": 1795379549397541500,',
        '    "FrameDuration": 33327,',
        '    "ExposureTime": 10397,',
        '    "AnalogueGain": 2.000000,',
        '    "SyncReady": true,',
        '    "SyncTimer": 0',
        '},',
        '{',
        '    "DigitalGain": 1.000000,',
        '    "ColourGains": [ 1.600000, 1.800000 ],',
        '    "ScalerCrop": "(1000, 752)/1280x960"',
        '}',
        ']',
        '',
      ].join('\n'),
    );
    expect(JSON.parse(text)).toHaveLength(2);
  });

  test('json-strings keeps the nanoseconds that JSON.parse rounds', async () => {
    const entry = metadataEntry({ ...FRAME, wallClockUs: 1_795_379_549_397_541.5 });
    expect(BigInt(JSON.parse(formatEntry(entry, 'json')).FrameWallClock)).not.toBe(1_795_379_549_397_541_500n);
    const strings = JSON.parse(formatEntry(entry, 'json-strings'));
    expect(BigInt(strings.FrameWallClock)).toBe(1_795_379_549_397_541_500n);
    expect(strings.SensorTimestamp).toBe(6_258_156_730_125);
  });
});
