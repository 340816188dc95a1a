import { modesOf } from '../sensor/sensor-models.ts';
import { numberedCameras } from './open.ts';
import { type Crop, modeBits, modeCrop, sensorArray } from './virtual/sensor-geometry.ts';
import { parseVirtualSpec } from './virtual/spec.ts';

/** One size that a camera can be read out in. */
export interface ListedMode {
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  /** The part of the sensor that is read out. */
  readonly crop: Crop;
}

/** A camera as `--list-cameras` shows it. */
export interface ListedCamera {
  readonly number: number;
  readonly model: string;
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  /** Order of the colour filters, for example `RGGB`, or `MONO`. */
  readonly filter: string;
  /** What opens it: a spec of ours, a device's path. */
  readonly id: string;
  /** Formats of the sensor, for example `SRGGB10_CSI2P`, with the sizes each has. */
  readonly formats: readonly { readonly name: string; readonly modes: readonly ListedMode[] }[];
}

/** The numbered cameras as rpicam-vid lists them, to the character; `No cameras available!` where there are none. */
export function listCameras(cameras: readonly ListedCamera[] = numberedListing()): string {
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

/** The virtual cameras that have a number. HDR modes are left out: `--hdr` gives them, not `--mode`. */
export const numberedListing = (): ListedCamera[] =>
  numberedCameras()
    .filter(({ virtual }) => virtual)
    .map(({ number, spec }) => virtualListing(number, spec));

function virtualListing(number: number, spec: string): ListedCamera {
  const { mode } = parseVirtualSpec(spec);
  const { width, height, filter, bits } = sensorArray(mode);
  const modes = modesOf(mode.model).filter(({ hdr }) => !hdr);
  const formats = bits.map((depth) => ({
    name: formatName(filter, depth),
    modes: modes
      .filter((each) => modeBits(each).includes(depth))
      .sort((a, b) => a.width - b.width || a.height - b.height)
      .map((each) => ({
        width: each.width,
        height: each.height,
        framesPerSecond: 1e6 / each.shortestFrameUs,
        crop: modeCrop(each),
      })),
  }));
  return { number, model: mode.model, width, height, bits: Math.max(...bits), filter, id: spec, formats };
}

/** libcamera's name of a raw format: samples of 8 bits are plain, wider ones are packed as they come over CSI-2. */
const formatName = (filter: string, bits: number): string =>
  `${filter === 'MONO' ? 'R' : `S${filter}`}${bits}${bits === 8 ? '' : '_CSI2P'}`;
