import { MOST_COLOUR_GAIN } from '../../colour-gain.ts';
import type { ImageSettings } from '../camera.ts';

/** A part of a picture, as shares of the whole. */
export type Region = NonNullable<ImageSettings['roi']>;

/** What there is to do to each picture: only what changes it is set. */
export interface Adjustments {
  readonly mirror: boolean;
  readonly flip: boolean;
  readonly roi?: Region;
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  readonly sharpness: number;
  readonly awbGains?: readonly [number, number];
}

/** Bounds and what changes nothing. rpicam-vid cuts values to these bounds too. */
const RANGES = {
  brightness: { least: -1, most: 1, neutral: 0 },
  contrast: { least: 0, most: 15.99, neutral: 1 },
  saturation: { least: 0, most: 15.99, neutral: 1 },
  sharpness: { least: 0, most: 15.99, neutral: 1 },
} as const;

/**
 * Settles what is asked of pictures: half a turn and the flips become one (each undoes another), values are cut to
 * their bounds, a region that reaches beyond the picture is moved inside, as libcamera does. Each change of that kind
 * adds a line to `notes`.
 */
export function settle(asked: ImageSettings, notes: string[]): Adjustments {
  const turned = asked.rotation === 180;
  const level = (name: keyof typeof RANGES): number => {
    const { least, most, neutral } = RANGES[name];
    const given = asked[name] ?? neutral;
    const used = Math.min(most, Math.max(least, given));
    if (used !== given) notes.push(`${name} ${given}: from ${least} to ${most}; ${used} is used`);
    return used;
  };
  const roi = asked.roi && settleRegion(asked.roi, notes);
  const awbGains = asked.awbGains && settleGains(asked.awbGains, notes);
  return {
    mirror: (asked.hflip ?? false) !== turned,
    flip: (asked.vflip ?? false) !== turned,
    ...(roi && { roi }),
    brightness: level('brightness'),
    contrast: level('contrast'),
    saturation: level('saturation'),
    sharpness: level('sharpness'),
    ...(awbGains && { awbGains }),
  };
}

/** True where pictures stay as they are. */
export const isNeutral = (of: Adjustments): boolean =>
  !(of.mirror || of.flip || of.roi || of.awbGains) &&
  of.brightness === 0 &&
  of.contrast === 1 &&
  of.saturation === 1 &&
  of.sharpness === 1;

/** Undefined for the whole picture; a size of 0 stands for it too, as in `--roi 0,0,0,0`. */
function settleRegion(asked: Region, notes: string[]): Region | undefined {
  if (asked.width === 0 || asked.height === 0) return undefined;
  const width = Math.min(1, Math.abs(asked.width));
  const height = Math.min(1, Math.abs(asked.height));
  const used = {
    x: Math.min(1 - width, Math.max(0, asked.x)),
    y: Math.min(1 - height, Math.max(0, asked.y)),
    width,
    height,
  };
  // Shares that are written with a few digits may add up to a little more than 1.
  const moved = (['x', 'y', 'width', 'height'] as const).some((side) => Math.abs(used[side] - asked[side]) > 1e-3);
  const text = ({ x, y, width, height }: Region) => [x, y, width, height].map((share) => +share.toFixed(4)).join(',');
  if (moved) notes.push(`roi ${text(asked)}: reaches beyond the picture; ${text(used)} is used`);
  return width === 1 && height === 1 ? undefined : used;
}

/** Undefined for 0,0, which leaves the colours to the camera. */
function settleGains(asked: readonly [number, number], notes: string[]): readonly [number, number] | undefined {
  const [red, blue] = asked;
  if (red === 0 && blue === 0) return undefined;
  if (!(red > 0 && blue > 0)) {
    notes.push(`awbgains ${red},${blue}: both gains are above 0 where they are given; colours stay as they are`);
    return undefined;
  }
  const used = [Math.min(MOST_COLOUR_GAIN, red), Math.min(MOST_COLOUR_GAIN, blue)] as const;
  if (used[0] !== red || used[1] !== blue)
    notes.push(`awbgains ${red},${blue}: at most ${MOST_COLOUR_GAIN}; ${used.join(',')} is used`);
  return used;
}
