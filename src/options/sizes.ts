import { OptionError, UsageError } from '../errors.ts';
import { choice, type Kind } from './kinds.ts';

/** Sizes of a video that have a name: width and height, in pixels. 480p is VGA, as sensors have it. */
const SIZES = { '1080p': [1920, 1080], '720p': [1280, 720], '480p': [640, 480] } as const;

export type SizeName = keyof typeof SIZES;

const names = choice(Object.keys(SIZES) as SizeName[]);

/** A size by its name. */
export const sizeName: Kind<SizeName> = {
  ...names,
  read(flag, text) {
    const [, width, height] = /^\s*(\d+)\s*[x*]\s*(\d+)\s*$/i.exec(text) ?? [];
    if (width === undefined || height === undefined) return names.read(flag, text);
    throw new UsageError(`${flag} ${text}: must be ${names.takes}; or give --width ${width} --height ${height}`);
  },
};

/** For the help. */
export const SIZES_TEXT = Object.entries(SIZES)
  .map(([name, [width, height]]) => `${name} (${width}x${height})`)
  .join(', ');

/** Width and height of a size, in pixels. */
export const sizeNamed = (name: SizeName): readonly [width: number, height: number] => SIZES[name];

/** What is given of a size: by its name, or side by side. */
interface Sides {
  readonly size?: SizeName | undefined;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

/**
 * Puts width and height in place of a size's name.
 * @throws OptionError where a side is given as well.
 */
export function withSides<Values extends Sides>({ size, ...values }: Values): Omit<Values, 'size'> {
  if (size === undefined) return values;
  for (const side of ['width', 'height'] as const) {
    if (values[side] === undefined) continue;
    throw new OptionError('size', size, `does not go with {${side}} ${values[side]}; give one or the other`);
  }
  const [width, height] = sizeNamed(size);
  return { ...values, width, height };
}
