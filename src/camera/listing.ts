/** One size that a camera can be read out in. */
export interface ListedMode {
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  /** The part of the sensor that is read out: x, y, width, height in its pixels. */
  readonly crop: readonly [x: number, y: number, width: number, height: number];
}

/** A camera's sensor as `--list-cameras` shows it. */
export interface SensorListing {
  /** All of its pixels. */
  readonly width: number;
  readonly height: number;
  /** Of a sample, at most. */
  readonly bits: number;
  /** Order of the colour filters, for example `RGGB`, or `MONO`. */
  readonly filter: string;
  /** Formats of the sensor, for example `SRGGB10_CSI2P`, with the sizes each has. */
  readonly formats: readonly { readonly name: string; readonly modes: readonly ListedMode[] }[];
}

/** A camera as `--list-cameras` shows it. */
export interface ListedCamera extends SensorListing {
  readonly number: number;
  readonly model: string;
  /** What opens it: a spec of ours, a device's path. */
  readonly id: string;
}

/** Cameras as rpicam-vid lists them, to the character; `No cameras available!` where there are none. */
export function listCameras(cameras: readonly ListedCamera[]): string {
  if (cameras.length === 0) return 'No cameras available!\n';
  return `Available cameras\n-----------------\n${cameras.map(listCamera).join('')}`;
}

function listCamera({ number, model, width, height, bits, filter, id, formats }: ListedCamera): string {
  const blocks = formats.map(({ name, modes }) => {
    const head = `'${name}' : `;
    return `${head}${modes.map(listMode).join(`\n${' '.repeat(INDENT + head.length)}`)}\n`;
  });
  const title = `${number} : ${model} [${width}x${height} ${bits}-bit ${filter}] (${id})\n`;
  return `${title}    Modes: ${blocks.join(' '.repeat(INDENT))}\n`;
}

/** Width of `    Modes: `. */
const INDENT = 11;

const listMode = ({ width, height, framesPerSecond, crop: [x, y, w, h] }: ListedMode): string =>
  `${width}x${height} [${framesPerSecond.toFixed(2)} fps - (${x}, ${y})/${w}x${h} crop]`;
