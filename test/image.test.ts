import { describe, expect, it } from 'vitest';
import type { ImageSettings } from '../src/camera/camera.ts';
import { ImagePipeline } from '../src/camera/image/pipeline.ts';
import { lumaWeights, type Picture, pictureBytes } from '../src/camera/picture.ts';

/** A picture of given size; `luma` and `chroma` say the level at a place of their own planes. */
function picture(
  width: number,
  height: number,
  luma: (x: number, y: number) => number,
  chroma: (x: number, y: number) => readonly [u: number, v: number] = () => [128, 128],
): Picture {
  const data = new Uint8Array(pictureBytes(width, height));
  const size = width * height;
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data[y * width + x] = luma(x, y);
  for (let y = 0; y < height / 2; y++)
    for (let x = 0; x < width / 2; x++) {
      const [u, v] = chroma(x, y);
      data[size + (y * width) / 2 + x] = u;
      data[size * 1.25 + (y * width) / 2 + x] = v;
    }
  return { width, height, data };
}

const flat = (y: number, u = 128, v = 128, height = 4): Picture =>
  picture(
    4,
    height,
    () => y,
    () => [u, v],
  );

function apply(settings: ImageSettings, to: Picture, notes: string[] = []): Picture {
  const pipeline = ImagePipeline.open(settings, to, notes);
  if (!pipeline) throw new Error('nothing to do');
  return pipeline.apply(to);
}

/** Y, U and V in the middle of a picture. */
function levels({ width, height, data }: Picture): [number, number, number] {
  const size = width * height;
  const middle = (height / 4) * (width / 2) + width / 4;
  return [data[(height / 2) * width + width / 2], data[size + middle], data[size * 1.25 + middle]] as [
    number,
    number,
    number,
  ];
}

const rows = ({ width, height, data }: Picture): number[][] =>
  Array.from({ length: height }, (_, y) => [...data.subarray(y * width, (y + 1) * width)]);

/** Red, green and blue, 0 to 1, of limited-range levels, by the textbook's matrix. */
function rgbOf([y, u, v]: readonly number[], lines: number): [number, number, number] {
  const [kr, kb] = lumaWeights(lines);
  const luma = ((y as number) - 16) / 219;
  const red = luma + (2 * (1 - kr) * ((v as number) - 128)) / 224;
  const blue = luma + (2 * (1 - kb) * ((u as number) - 128)) / 224;
  return [red, (luma - kr * red - kb * blue) / (1 - kr - kb), blue];
}

describe('turning a picture', () => {
  const source = picture(
    4,
    4,
    (x, y) => 20 + 10 * y + x,
    (x, y) => [100 + 2 * y + x, 150 + 2 * y + x],
  );

  it.each<[ImageSettings, number[][], number[], number[]]>([
    [{ hflip: true }, [[23, 22, 21, 20], [33, 32, 31, 30], [43, 42, 41, 40], [53, 52, 51, 50]], [101, 100, 103, 102], [151, 150, 153, 152]], // biome-ignore format: a picture
    [{ vflip: true }, [[50, 51, 52, 53], [40, 41, 42, 43], [30, 31, 32, 33], [20, 21, 22, 23]], [102, 103, 100, 101], [152, 153, 150, 151]], // biome-ignore format: a picture
    [{ rotation: 180 }, [[53, 52, 51, 50], [43, 42, 41, 40], [33, 32, 31, 30], [23, 22, 21, 20]], [103, 102, 101, 100], [153, 152, 151, 150]], // biome-ignore format: a picture
  ])('%j moves every sample, of colour too', (settings, luma, u, v) => {
    const made = apply(settings, source);
    expect(rows(made)).toEqual(luma);
    expect([...made.data.subarray(16, 20)]).toEqual(u);
    expect([...made.data.subarray(20)]).toEqual(v);
  });

  it('half a turn and a flip make the other flip; half a turn and both flips make nothing to do', () => {
    expect(rows(apply({ rotation: 180, hflip: true }, source))).toEqual(rows(apply({ vflip: true }, source)));
    expect(ImagePipeline.open({ rotation: 180, hflip: true, vflip: true }, source, [])).toBeUndefined();
  });

  it('leaves the picture that it was given as it was', () => {
    const before = source.data.slice();
    apply({ rotation: 180, brightness: 0.2, saturation: 2, sharpness: 3 }, source);
    apply({ saturation: 2 }, source);
    expect(source.data).toEqual(before);
  });
});

describe('a region', () => {
  // Four quadrants of one level and colour each.
  const quarter = (x: number, y: number, half: number) => 2 * Number(y >= half) + Number(x >= half);
  const source = picture(
    8,
    8,
    (x, y) => 40 + 40 * quarter(x, y, 4),
    (x, y) => [90 + 20 * quarter(x, y, 2), 60 + 20 * quarter(x, y, 2)],
  );
  const at = (x: number, y: number): ImageSettings => ({ roi: { x, y, width: 0.5, height: 0.5 } });

  it.each([
    [at(0, 0), 0],
    [at(0.5, 0), 1],
    [at(0, 0.5), 2],
    [at(0.5, 0.5), 3],
    [{ ...at(0, 0), hflip: true }, 1],
    [{ ...at(0, 0), rotation: 180 as const }, 3],
  ])('%j shows one quadrant of what is seen after the flips, and nothing of its neighbours', (settings, shown) => {
    const { data } = apply(settings, source);
    expect(new Set(data.subarray(0, 64))).toEqual(new Set([40 + 40 * shown]));
    expect(new Set(data.subarray(64, 80))).toEqual(new Set([90 + 20 * shown]));
    expect(new Set(data.subarray(80))).toEqual(new Set([60 + 20 * shown]));
  });

  it('is scaled by straight lines between the samples', () => {
    const ramp = picture(8, 4, (x) => 20 + 16 * x);
    // Sample i of the result lies at 2 + (i + 1/2) / 2 - 1/2 of the source, held inside columns 2 to 5.
    const wanted = [52, 56, 64, 72, 80, 88, 96, 100];
    const made = rows(apply({ roi: { x: 0.25, y: 0, width: 0.5, height: 1 } }, ramp));
    expect(made).toEqual([wanted, wanted, wanted, wanted]);
    const mirrored = rows(apply({ roi: { x: 0.25, y: 0, width: 0.5, height: 1 }, hflip: true }, ramp));
    expect(mirrored[0]).toEqual([...wanted].reverse());
  });

  it('that reaches beyond the picture is moved inside, and says so', () => {
    const notes: string[] = [];
    const made = apply({ roi: { x: 0.8, y: 0, width: 0.5, height: 0.5 } }, source, notes);
    expect(new Set(made.data.subarray(0, 64))).toEqual(new Set([80]));
    expect(notes).toEqual(['roi 0.8,0,0.5,0.5: reaches beyond the picture; 0.5,0,0.5,0.5 is used']);
  });

  it('of no size, or of the whole picture, is nothing to do', () => {
    for (const roi of [
      { x: 0, y: 0, width: 0, height: 0 },
      { x: 0, y: 0, width: 1, height: 1 },
    ])
      expect(ImagePipeline.open({ roi }, source, [])).toBeUndefined();
  });
});

describe('brightness and contrast', () => {
  it.each([
    [{ brightness: 0.25 }, 126, 126 + 0.25 * 219],
    [{ brightness: -0.25 }, 126, 126 - 0.25 * 219],
    [{ brightness: 0.5 }, 200, 235],
    [{ contrast: 0.5 }, 200, 125.5 + 0.5 * (200 - 125.5)],
    [{ contrast: 2 }, 100, 125.5 + 2 * (100 - 125.5)],
    [{ contrast: 3, brightness: 0.1 }, 120, 125.5 + 3 * (120 - 125.5) + 21.9],
    [{ contrast: 0 }, 40, 125.5],
  ])('%j turns a grey of %d into %d', (settings, from, to) => {
    const [y, u, v] = levels(apply(settings, flat(from)));
    expect(Math.abs(y - to)).toBeLessThanOrEqual(0.51);
    expect([u, v]).toEqual([128, 128]);
  });

  it.each([
    [-1, 16],
    [1, 235],
  ])('brightness %d leaves neither light nor colour: luma is %d everywhere', (brightness, luma) => {
    expect(levels(apply({ brightness }, flat(90, 200, 80)))).toEqual([luma, 128, 128]);
  });

  it.each([480, 720])('contrast acts on red, green and blue alike, by the matrix of %d lines', (lines) => {
    const from = [120, 110, 150];
    const made = levels(apply({ contrast: 1.5 }, flat(120, 110, 150, lines)));
    const wanted = rgbOf(from, lines).map((level) => (level - 0.5) * 1.5 + 0.5);
    rgbOf(made, lines).forEach((level, i) => void expect(level).toBeCloseTo(wanted[i] as number, 1.7));
  });
});

describe('colours', () => {
  it('saturation moves U and V away from grey or towards it, and leaves luma alone', () => {
    expect(levels(apply({ saturation: 0 }, flat(90, 200, 80)))).toEqual([90, 128, 128]);
    expect(levels(apply({ saturation: 1.5 }, flat(90, 148, 108)))).toEqual([90, 158, 98]);
    expect(levels(apply({ saturation: 9 }, flat(90, 148, 108)))).toEqual([90, 240, 16]);
  });

  it.each<[readonly [number, number], number]>([
    [[2, 1], 480],
    [[1, 2], 480],
    [[0.5, 1.5], 720],
  ])('gains of %j multiply the light of red and blue, by the matrix of %d lines', (awbGains, lines) => {
    const from = [100, 120, 136];
    const made = rgbOf(levels(apply({ awbGains }, flat(100, 120, 136, lines))), lines);
    const [red, green, blue] = rgbOf(from, lines);
    const wanted = [red * awbGains[0] ** (1 / 2.2), green, blue * awbGains[1] ** (1 / 2.2)];
    made.forEach((level, i) => void expect(level).toBeCloseTo(wanted[i] as number, 1.7));
  });

  it('white stays white under gains above 1, as where a sensor is saturated', () => {
    expect(levels(apply({ awbGains: [2, 2] }, flat(235)))).toEqual([235, 128, 128]);
  });
});

describe('sharpness', () => {
  const edge = picture(8, 4, (x) => (x < 4 ? 80 : 160));

  it('0 blurs with 1 2 1, more than 1 overshoots by as much for each further one, and is cut to limited range', () => {
    expect(rows(apply({ sharpness: 0 }, edge))[1]).toEqual([80, 80, 80, 100, 140, 160, 160, 160]);
    expect(rows(apply({ sharpness: 2 }, edge))[1]).toEqual([80, 80, 80, 60, 180, 160, 160, 160]);
    expect(rows(apply({ sharpness: 3 }, edge))[0]).toEqual([80, 80, 80, 40, 200, 160, 160, 160]);
    expect(rows(apply({ sharpness: 8 }, edge))[3]).toEqual([80, 80, 80, 16, 235, 160, 160, 160]);
  });

  it('looks at rows above and below as they were', () => {
    const spot = picture(6, 6, (x, y) => (x === 2 && y === 3 ? 176 : 16));
    const blurred = rows(apply({ sharpness: 0 }, spot));
    expect(blurred.map((row) => row.slice(1, 4))).toEqual([
      [16, 16, 16],
      [16, 16, 16],
      [26, 36, 26],
      [36, 56, 36],
      [26, 36, 26],
      [16, 16, 16],
    ]);
  });
});

describe('what is asked of pictures', () => {
  it('with neutral values is nothing to do', () => {
    const neutral = { hflip: false, rotation: 0, brightness: 0, contrast: 1, saturation: 1, sharpness: 1 } as const;
    const notes: string[] = [];
    expect(ImagePipeline.open({ ...neutral, awbGains: [0, 0] }, { width: 4, height: 4 }, notes)).toBeUndefined();
    expect(ImagePipeline.open(undefined, { width: 4, height: 4 }, notes)).toBeUndefined();
    expect(notes).toEqual([]);
  });

  it('beyond its bounds is cut to them, and says so', () => {
    const notes: string[] = [];
    const pipeline = ImagePipeline.open(
      { brightness: -3, contrast: 20, saturation: -1, awbGains: [2, 0] },
      { width: 4, height: 4 },
      notes,
    );
    expect(pipeline?.adjustments).toMatchObject({ brightness: -1, contrast: 15.99, saturation: 0 });
    expect(pipeline?.adjustments.awbGains).toBeUndefined();
    expect(notes.map((note) => note.replace(/:.*/, ''))).toEqual([
      'awbgains 2,0',
      'brightness -3',
      'contrast 20',
      'saturation -1',
    ]);
  });
});
