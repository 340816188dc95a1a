import type { Colours } from '../../libav/colours.ts';
import type { EncoderOptions } from '../encoder.ts';

/** Code points of ITU-T H.273 that primaries, transfer and matrix share: BT.709, and SMPTE 170M (BT.601). */
const [BT709, SMPTE170M] = [1, 6];

/**
 * Which colours pictures have, as files say it: as they are told, else those that `lumaWeights` (camera/picture.ts)
 * makes and that players take them for, BT.709 from 720 lines up, BT.601 below.
 */
export function coloursOf({ height, colours }: Pick<EncoderOptions, 'height' | 'colours'>): Colours {
  const code = height >= 720 ? BT709 : SMPTE170M;
  return colours ?? { primaries: code, transfer: code, matrix: code };
}
