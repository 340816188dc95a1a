import { FailureError } from '../../errors.ts';
import { type AccessUnit, AnnexBSplitter } from '../../libav/annex-b.ts';
import { readParameters, type StreamParameters } from '../../libav/avc.ts';
import { type DecodedUnit, decodeUnits } from '../../libav/decode-units.ts';
import type { FrameRate } from '../../time/frame-rate.ts';
import type { Encoder, EncoderOptions } from '../encoder.ts';
import { BLACK, type Segment } from './plan.ts';
import type { Source } from './source.ts';

/** How the pictures that can't be copied are encoded. */
export interface EncodeSettings {
  readonly backend: Encoder;
  readonly frameRate: FrameRate;
  readonly crf: number;
  readonly preset: string | undefined;
}

/** x264's names of the colour code points of ITU-T H.273 that cameras use. */
const PRIMARIES = new Map([
  [1, 'bt709'],
  [4, 'bt470m'],
  [5, 'bt470bg'],
  [6, 'smpte170m'],
  [7, 'smpte240m'],
  [9, 'bt2020'],
  [11, 'smpte431'],
  [12, 'smpte432'],
]);
const TRANSFERS = new Map([
  [1, 'bt709'],
  [4, 'bt470m'],
  [5, 'bt470bg'],
  [6, 'smpte170m'],
  [7, 'smpte240m'],
  [8, 'linear'],
  [13, 'iec61966-2-1'],
  [14, 'bt2020-10'],
  [15, 'bt2020-12'],
  [16, 'smpte2084'],
  [18, 'arib-std-b67'],
]);
const MATRICES = new Map([
  [1, 'bt709'],
  [4, 'fcc'],
  [5, 'bt470bg'],
  [6, 'smpte170m'],
  [7, 'smpte240m'],
  [9, 'bt2020nc'],
]);

/** What x264 calls what a stream does not say. */
const UNTOLD = 'undef';

/** Makes the pictures of a file that can't be copied, in a stream that can stand beside the copied ones. */
export class SegmentEncoder {
  private readonly source: Source;
  private readonly settings: EncodeSettings;
  private readonly options: Omit<EncoderOptions, 'sink'>;

  constructor(source: Source, settings: EncodeSettings) {
    const { file, parameters } = source;
    const { width, height } = parameters;
    this.source = source;
    this.settings = settings;
    const { frameRate, crf, preset } = settings;
    this.options = {
      ...{ file, width, height, frameRate, crf },
      ...(preset === undefined ? {} : { preset }),
      libavOptions: { 'x264-params': streamParameters(parameters, freeId(source)) },
    };
  }

  /** The parameter sets of what `encode` makes, whose ids are free in the source. */
  async parameters(): Promise<StreamParameters> {
    const shown = [BLACK];
    for await (const { bytes } of this.encode({ kind: 'encode', from: 0, to: 1, shown })) {
      const parameters = readParameters(bytes);
      if (parameters && !this.source.setIds.has(parameters.id)) return parameters;
    }
    throw new FailureError(`${this.source.file}: the encoder ${this.settings.backend.name} does not name its stream`);
  }

  /** The pictures of a segment, encoded; the first is a keyframe. */
  async *encode(segment: Extract<Segment, { kind: 'encode' }>): AsyncGenerator<AccessUnit> {
    const splitter = new AnnexBSplitter();
    const ready: AccessUnit[] = [];
    const sink = (bytes: Uint8Array): void => {
      ready.push(...splitter.push(bytes));
    };
    const encoder = await this.settings.backend.open({ ...this.options, sink });
    const pictures = this.pictures(segment.shown);
    let complete = false;
    try {
      for (let i = 0; i < segment.shown.length; i++) {
        await encoder.write(await pictures.next(segment.shown[i] ?? BLACK), segment.from + i);
        yield* ready.splice(0);
      }
      complete = true;
    } finally {
      await pictures.close();
      // Where something failed before, that is what counts.
      await encoder.close().catch((error: unknown) => {
        if (complete) throw error;
      });
    }
    yield* ready.splice(0);
    yield* splitter.end();
  }

  /** Pictures by their places in the source, asked for in rising order. A damaged one shows the one before. */
  private pictures(shown: readonly number[]): { next(unit: number): Promise<Shown>; close(): Promise<void> } {
    const { file, parameters, keyframeBefore, read } = this.source;
    const first = shown.find((unit) => unit !== BLACK);
    const start = keyframeBefore(first ?? 0);
    const end = (shown.at(-1) ?? BLACK) + 1;
    const units = first === undefined ? nothing() : take(read(start), end - start);
    const decoded = decodeUnits(units, parameters, file, this.settings.backend.way);
    let current: Shown = black(parameters);
    let ahead: DecodedUnit | undefined;
    return {
      async next(unit) {
        while (unit !== BLACK) {
          ahead ??= (await decoded.next()).value as DecodedUnit | undefined;
          if (!ahead || start + ahead.index > unit) break;
          current = ahead;
          ahead = undefined;
        }
        return current;
      },
      async close() {
        await decoded.return(undefined);
      },
    };
  }
}

type Shown = Pick<DecodedUnit, 'width' | 'height' | 'data'>;

async function* nothing(): AsyncGenerator<AccessUnit> {}

async function* take(units: AsyncIterable<AccessUnit>, count: number): AsyncGenerator<AccessUnit> {
  let left = count;
  for await (const unit of units) {
    yield unit;
    if (--left <= 0) return;
  }
}

/** An id for sequence and picture parameter sets (x264 gives both the same) that the source does not use. */
function freeId({ file, setIds }: Source): number {
  for (let id = 1; id < 32; id++) if (!setIds.has(id)) return id;
  throw new FailureError(`${file}: uses all ids of parameter sets`);
}

/** x264's options that make a stream tell the same of its colours as the source's. */
function streamParameters({ fullRange, primaries, transfer, matrix }: StreamParameters, id: number): string {
  const named: [string, string | undefined][] = [
    ['sps-id', String(id)],
    ['fullrange', fullRange ? 'on' : 'off'],
    ['colorprim', PRIMARIES.get(primaries) ?? UNTOLD],
    ['transfer', TRANSFERS.get(transfer) ?? UNTOLD],
    ['colormatrix', MATRICES.get(matrix) ?? UNTOLD],
  ];
  return named.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])).join(':');
}

/** Black: luma 16 (0 in full range), chroma 128. */
function black({ width, height, fullRange }: StreamParameters): Shown {
  const data = new Uint8Array((width * height * 3) / 2).fill(128);
  data.fill(fullRange ? 0 : 16, 0, width * height);
  return { width, height, data };
}
