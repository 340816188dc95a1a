/** A rectangle on the sensor, in its pixels. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type MetadataValue = number | bigint | boolean | readonly number[] | Rectangle;

/** One frame's metadata by libcamera's names of controls, in the order of writing. */
export type MetadataEntry = readonly (readonly [name: string, value: MetadataValue])[];

/**
 * `json`: an array of objects; `txt`: `Name=value` lines and an empty line a frame, both as rpicam-vid writes them.
 * `json-strings`: whole numbers above 2^53, which JSON readers round (`FrameWallClock`, ns), are strings.
 */
export type MetadataFormat = 'json' | 'txt' | 'json-strings';

export const METADATA_FORMATS: readonly MetadataFormat[] = ['json', 'txt', 'json-strings'];

/**
 * Controls that are floats in libcamera (control_ids_core.yaml, libcamera 0.7): they have six decimals; other numbers
 * are whole.
 */
const FLOATS = new Set(
  (
    'AnalogueGain Brightness ColourCorrectionMatrix ColourGains Contrast DigitalGain ExposureValue Gamma LensPosition Lux Saturation ' +
    'SensorTemperature Sharpness'
  ).split(' '),
);

/** One frame's entry: in json an object without a line's end behind it, in txt lines and an empty line. */
export function formatEntry(entry: MetadataEntry, format: MetadataFormat): string {
  const texts = entry.map(([name, value]): [string, string] => [name, formatValue(name, value)]);
  if (format === 'txt') return `${texts.map(([name, text]) => `${name}=${text}\n`).join('')}\n`;
  const quoted = (text: string) =>
    text.includes('/') || (format === 'json-strings' && isLarge(text)) ? `"${text}"` : text;
  return `{\n${texts.map(([name, text]) => `    "${name}": ${quoted(text)}`).join(',\n')}\n}`;
}

function formatValue(name: string, value: MetadataValue): string {
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  const number = FLOATS.has(name) ? (each: number) => each.toFixed(6) : (each: number) => String(Math.round(each) + 0);
  if (typeof value === 'number') return number(value);
  if ('width' in value) return `(${value.x}, ${value.y})/${value.width}x${value.height}`;
  return `[ ${value.map(number).join(', ')} ]`;
}

const isLarge = (text: string): boolean => /^-?\d+$/.test(text) && !Number.isSafeInteger(Number(text));
