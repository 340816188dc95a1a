/**
 * A picture made of a few plain things, painted in order. Coordinates are pixels from the upper left; colours are
 * `#rrggbb`.
 */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly items: readonly Item[];
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Points are x and y, one after the other. A text's `y` is its baseline, `size` its height in the sense of a font size.
 */
export type Item =
  | ({ readonly kind: 'rect'; readonly fill: string } & Box)
  | { readonly kind: 'line'; readonly points: readonly number[]; readonly stroke: string; readonly weight: number }
  | {
      readonly kind: 'dots';
      readonly points: readonly number[];
      readonly radius: number;
      readonly fill: string;
      readonly clip?: Box;
    }
  | {
      readonly kind: 'text';
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly size: number;
      readonly fill: string;
      readonly anchor: 'start' | 'middle' | 'end';
    };

export const line = (points: readonly number[], stroke: string, weight: number): Item => ({
  kind: 'line',
  points,
  stroke,
  weight,
});

/** Whether a point lies in a box. */
export const inside = (box: Box | undefined, x: number, y: number): boolean =>
  box === undefined || (x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height);

/** The drawing as a file of its own. */
export function toSvg({ width, height, items }: Drawing): string {
  const body = items.map(element).filter((text) => text !== '');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif">`,
    ...body,
    '</svg>\n',
  ].join('\n');
}

function element(item: Item): string {
  switch (item.kind) {
    case 'rect':
      return `<rect x="${short(item.x)}" y="${short(item.y)}" width="${short(item.width)}" height="${short(item.height)}" fill="${item.fill}"/>`;
    case 'line':
      return `<polyline points="${item.points.map(short).join(' ')}" fill="none" stroke="${item.stroke}" stroke-width="${item.weight}"/>`;
    case 'dots':
      return dotsPath(item);
    case 'text':
      return item.text === ''
        ? ''
        : `<text x="${short(item.x)}" y="${short(item.y)}" font-size="${item.size}" text-anchor="${item.anchor}" fill="${item.fill}">${escaped(item.text)}</text>`;
  }
}

/** Dots as lines of no length with round ends: one short path for thousands. */
function dotsPath({ points, radius, fill, clip }: Extract<Item, { kind: 'dots' }>): string {
  const path: string[] = [];
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [points[i] as number, points[i + 1] as number];
    if (inside(clip, x, y)) path.push(`M${short(x)} ${short(y)}h0`);
  }
  return path.length === 0
    ? ''
    : `<path d="${path.join('')}" fill="none" stroke="${fill}" stroke-width="${2 * radius}" stroke-linecap="round"/>`;
}

const short = (value: number): string => String(Math.round(value * 10) / 10);

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
