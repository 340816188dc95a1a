import type { Stream } from 'node-av/lib';

/** Which colours pictures have: code points of ITU-T H.273. */
export interface Colours {
  /** Which red, green and blue: 1 is BT.709, 9 BT.2020. */
  readonly primaries: number;
  /** How levels become light: 1 is BT.709, 16 PQ, 18 HLG. */
  readonly transfer: number;
  /** How luma and chroma are made of red, green and blue: 1 is BT.709, 9 BT.2020. */
  readonly matrix: number;
}

/** The code point that stands for a file that says nothing. */
const UNTOLD = 2;

/** What a stream says of its colours; undefined where it leaves any of it open. */
export function coloursOfStream({ codecpar }: Stream): Colours | undefined {
  const { colorPrimaries, colorTrc, colorSpace } = codecpar;
  return told({ primaries: colorPrimaries, transfer: colorTrc, matrix: colorSpace });
}

/** FFmpeg's names of the code points that cameras use. */
const PRIMARIES: Names = {
  ...{ bt709: 1, bt470m: 4, bt470bg: 5, smpte170m: 6, smpte240m: 7, bt2020: 9, smpte431: 11, smpte432: 12 },
};
const TRANSFERS: Names = {
  ...{ bt709: 1, bt470m: 4, bt470bg: 5, smpte170m: 6, smpte240m: 7, linear: 8, 'iec61966-2-1': 13, 'bt2020-10': 14 },
  ...{ 'bt2020-12': 15, smpte2084: 16, 'arib-std-b67': 18 },
};
const MATRICES: Names = {
  ...{ bt709: 1, fcc: 4, bt470bg: 5, smpte170m: 6, smpte240m: 7, bt2020nc: 9, bt2020c: 10 },
};
type Names = Readonly<Record<string, number>>;

/**
 * The same as the ffmpeg program says it of a stream: `yuv420p(tv, bt2020nc/bt2020/arib-std-b67)`, or one name for all
 * three.
 */
export function coloursIn(said: string): Colours | undefined {
  const names = /\((?:(?:tv|pc), )?([\w-]+(?:\/[\w-]+\/[\w-]+)?)[,)]/.exec(said.slice(said.indexOf('yuv')))?.[1];
  if (names === undefined) return undefined;
  const [matrix = '', primaries = matrix, transfer = matrix] = names.split('/');
  return told({
    primaries: PRIMARIES[primaries] ?? UNTOLD,
    transfer: TRANSFERS[transfer] ?? UNTOLD,
    matrix: MATRICES[matrix] ?? UNTOLD,
  });
}

const told = (colours: Colours): Colours | undefined =>
  Object.values(colours).every((code) => code > 0 && code !== UNTOLD) ? colours : undefined;
