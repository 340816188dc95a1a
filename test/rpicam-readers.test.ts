import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../src/errors.ts';
import { parseCameraList } from '../src/rpicam/list-cameras.ts';
import { type MetadataEntry, MetadataReader, readMetadata } from '../src/rpicam/metadata-reader.ts';
import { readPts } from '../src/rpicam/pts-reader.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures/rpicam');
const fixture = (name: string): string => readFileSync(join(FIXTURES, name), 'utf8');

function entries(text: string, step = text.length): MetadataEntry[] {
  const reader = new MetadataReader();
  const out: MetadataEntry[] = [];
  for (let at = 0; at < text.length; at += step) out.push(...reader.push(text.slice(at, at + step)));
  return [...out, ...reader.end()];
}

describe('metadata of rpicam-vid', () => {
  it('keeps every digit of times over 2^53', () => {
    const [first, second] = entries(fixture('meta-json-10/m.json'));
    expect(first?.wallNs).toBe(1795378890536229376n);
    expect(first?.sensorNs).toBe(5599295417880n);
    expect((second?.wallNs ?? 0n) - (first?.wallNs ?? 0n)).toBe(33327872n);
  });

  it('reads the ten frames of json, txt and stdout alike, whatever the chunks are', () => {
    for (const name of ['meta-json-10/m.json', 'meta-txt-10/m.txt', 'meta-stdout/out']) {
      const whole = entries(fixture(name));
      expect(whole, name).toHaveLength(10);
      expect(entries(fixture(name), 7), name).toEqual(whole);
      expect(whole[0]?.values.size, name).toBe(14);
      expect(whole[0]?.values.get('ScalerCrop'), name).toBe('(1000, 752)/1280x960');
      expect(whole[0], name).toMatchObject({ exposureUs: 10397, analogueGain: 2, durationUs: 33327 });
      expect(whole[0]?.colourGains, name).toEqual([1.645423, 1.864577]);
    }
  });

  it('takes what a killed process left, without the half of an entry', () => {
    const cut = fixture('sync-meta-client/client.json');
    const whole = entries(cut);
    expect(whole).toHaveLength(cut.split(/^},$/m).length - 1);
    expect(whole.at(-1)?.sensorNs).toBeTypeOf('bigint');
    expect(whole[0]).toMatchObject({ syncReady: true, syncTimerUs: 1 });
    expect(whole[1]?.syncTimerUs).toBe(-33328);
    const txt = fixture('meta-txt-10/m.txt');
    expect(entries(txt.slice(0, txt.length - 40))).toHaveLength(9);
  });

  it('finds nothing in the empty list that mp4 output leaves', () => {
    expect(entries(fixture('meta-mp4/m.json'))).toEqual([]);
    expect(entries('')).toEqual([]);
  });

  it('takes numbers in quotes, and leaves out what is no number', () => {
    const [entry] = entries('{\n"FrameWallClock": "1795378890536229377",\n"SensorTimestamp": 1.5\n}\n');
    expect([entry?.wallNs, entry?.sensorNs, entry?.colourGains]).toEqual([1795378890536229377n, undefined, undefined]);
  });

  it.each<[string, (entries: readonly string[]) => string]>([
    ['in one line, as json.dump writes them', (objects) => `[${objects.join(', ')}]`],
    ['as a line each', (objects) => `${objects.join('\n')}\n`],
    [
      'of which the first is spread over lines',
      ([one = '', ...more]) => `[${one.replaceAll(', ', ',\n  ')}\n,${more.join(',')}`,
    ],
  ])('are read %s', (_, layout) => {
    const objects = Array.from({ length: 5 }, (_, i) => {
      const nested = '"AfWindows": [{"x": 1, "FrameWallClock": 7}, "}"], "Note": "a \\" { \\\\"';
      return `{"SensorTimestamp": ${i + 1}, ${nested}, "FrameWallClock": ${1795856914066496001n + BigInt(i)}, "ColourGains": [1.0, 2.5], "SyncReady": true}`;
    });
    const text = layout(objects);
    for (const step of [1, 2, 7, text.length]) {
      const read = entries(text, step);
      expect(read.map(({ wallNs }) => wallNs)).toEqual(objects.map((_, i) => 1795856914066496001n + BigInt(i)));
      expect(read[4]).toMatchObject({ sensorNs: 5n, colourGains: [1, 2.5], syncReady: true });
      expect(read[0]?.values.get('Note')).toBe('a \\" { \\\\');
    }
    expect(entries(text.slice(0, text.lastIndexOf('"Sync')))).toHaveLength(4);
  });

  it('streams a file, and names one that is not there', async () => {
    let count = 0;
    for await (const _ of readMetadata(join(FIXTURES, 'meta-json-10/m.json'))) count++;
    expect(count).toBe(10);
    await expect(readMetadata('/nowhere/m.json').next()).rejects.toThrow('/nowhere/m.json: no such file');
  });
});

describe('--save-pts', () => {
  it('is read in whole us from 0', () => {
    const times = readPts(fixture('bf0/a.pts'), 'a.pts');
    expect(times).toHaveLength(fixture('bf0/a.pts').trim().split('\n').length - 1);
    expect(times.slice(0, 3)).toEqual([0, 33328, 66662]);
    expect(times.every((us, i) => i === 0 || us > (times[i - 1] ?? 0))).toBe(true);
  });

  it('falls back where the encoder used B-frames, as stock writes it', () => {
    expect(readPts(fixture('sync-meta-client/client.pts'), 'c.pts').slice(-2)).toEqual([2866176, 2932834]);
  });

  it('loses a last line that was cut, and names the line that is no time', () => {
    expect(readPts('# timecode format v2\n0.000\n33.3', 'a.pts')).toEqual([0]);
    expect(() => readPts('# timecode format v2\n0.000\nx\n', 'a.pts')).toThrow('a.pts: line 3 is no time in ms: x');
    expect(readPts('# timecode format v2\n0.000\n33.329', 'a.pts')).toEqual([0, 33_329]);
    expect(() => readPts('# timecode format v1\nAssume 30\n', 'a.pts')).toThrow(UsageError);
    expect(() => readPts('# timecode format v1\n', 'a.pts')).toThrow('a.pts: line 1 is "# timecode format v1"');
  });

  it.each([
    ['without a header, as picamera2 writes them', '6941.977\n6975.306\n'],
    ['with the header of mkvextract', '# timestamp format v2\n6941.977\n6975.306\n'],
    ['with a header before each line', '# timecode format v2\n6941.977\n# timecode format v2\n6975.306\n'],
    ['with the line ends of Windows and a mark of UTF-8', '\uFEFF# timecode format v2\r\n6941.977\r\n6975.306\r\n'],
    ['with the line ends of old Macs', '# timecode format v2\r6941.977\r6975.306\r'],
  ])('is read %s', (_, text) => {
    expect(readPts(text, 'a.pts')).toEqual([6_941_977, 6_975_306]);
  });
});

describe('--list-cameras', () => {
  it('is read with sizes, paths and modes', () => {
    const cameras = parseCameraList(fixture('list-cameras/out'));
    expect(cameras.map(({ index, model, bits, filter, path }) => [index, model, bits, filter, path])).toEqual([
      [0, 'imx219', 10, 'RGGB', '/base/axi/pcie@1000120000/rp1/i2c@88000/imx219@10'],
      [1, 'imx219', 10, 'RGGB', '/base/axi/pcie@1000120000/rp1/i2c@80000/imx219@10'],
    ]);
    const [camera] = cameras;
    expect([camera?.width, camera?.height, camera?.modes.length]).toEqual([3280, 2464, 8]);
    expect(camera?.modes[2]).toEqual({
      format: 'SRGGB10_CSI2P',
      width: 1920,
      height: 1080,
      fps: 47.57,
      crop: { x: 680, y: 692, width: 1920, height: 1080 },
    });
    expect(camera?.modes[4]?.format).toBe('SRGGB8');
  });

  it('is empty where there is no camera, and takes the short form of older versions', () => {
    expect(parseCameraList(fixture('list-cameras-none/out'))).toEqual([]);
    const old = "0 : ov5647 [2592x1944] (/base/soc/i2c0mux/i2c@1/ov5647@36)\n    Modes: 'SGBRG10_CSI2P' : 640x480 \n";
    expect(parseCameraList(old)).toMatchObject([{ index: 0, model: 'ov5647', bits: undefined, modes: [] }]);
  });
});
