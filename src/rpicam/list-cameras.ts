/** A camera as `rpicam-vid --list-cameras` shows it. */
export interface ListedCamera {
  /** For `--camera`. */
  readonly index: number;
  /** The sensor's name: `imx219`. */
  readonly model: string;
  /** All of the sensor's pixels. */
  readonly width: number;
  readonly height: number;
  /** Bits a sample; undefined where older versions don't say. */
  readonly bits: number | undefined;
  /** Order of the colour filter: `RGGB`; `MONO` without one. */
  readonly filter: string | undefined;
  /** In the device tree: stays with the connector. */
  readonly path: string;
  readonly modes: readonly ListedMode[];
}

export interface ListedMode {
  /** As the sensor sends it: `SRGGB10_CSI2P`. */
  readonly format: string;
  readonly width: number;
  readonly height: number;
  /** Frames a second at most. */
  readonly fps: number;
  /** What of the sensor it shows, in its pixels. */
  readonly crop:
    | { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
    | undefined;
}

const CAMERA = /^(\d+) : (\S+) \[(\d+)x(\d+)(?: (\d+)-bit)?(?: (\S+))?\] \((.+)\)$/;
const MODE = /(\d+)x(\d+) \[([\d.]+) fps(?: - \((\d+), (\d+)\)\/(\d+)x(\d+) crop)?\]/;

/** Reads the output of `--list-cameras`. Empty where there is no camera; lines of another shape are passed over. */
export function parseCameraList(output: string): ListedCamera[] {
  const cameras: (ListedCamera & { readonly modes: ListedMode[] })[] = [];
  let format = '';
  for (const line of output.split('\n')) {
    const head = CAMERA.exec(line.trim());
    if (head) {
      const [, index, model = '', width, height, bits, filter, path = ''] = head;
      const size = { width: Number(width), height: Number(height) };
      const depth = bits === undefined ? undefined : Number(bits);
      cameras.push({ index: Number(index), model, ...size, bits: depth, filter, path, modes: [] });
      continue;
    }
    format = /'(\w+)' :/.exec(line)?.[1] ?? format;
    const mode = MODE.exec(line);
    if (!mode) continue;
    const [width = 0, height = 0, fps = 0, x, y, cropWidth = 0, cropHeight = 0] = mode
      .slice(1)
      .map((text) => (text === undefined ? undefined : Number(text)));
    const crop = x === undefined || y === undefined ? undefined : { x, y, width: cropWidth, height: cropHeight };
    cameras.at(-1)?.modes.push({ format, width, height, fps, crop });
  }
  return cameras;
}
