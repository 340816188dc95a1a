import { extname } from 'node:path';
import { UsageError } from '../../errors.ts';
import type { EncoderOptions } from '../encoder.ts';

/** Endings that say their container, and the container's name in FFmpeg. */
const CONTAINERS = new Map([
  ['.mp4', 'mp4'],
  ['.m4v', 'mp4'],
  ['.mov', 'mov'],
  ['.mkv', 'matroska'],
  ['.h264', 'h264'],
  ['.264', 'h264'],
]);

const PRESETS = 'ultrafast superfast veryfast faster fast medium slow slower veryslow placebo'.split(' ');

/** The container's name in FFmpeg: as given, else by the file's ending. Throws a UsageError for an unknown ending. */
export function containerOf(options: Pick<EncoderOptions, 'file' | 'format'>): string {
  if (options.format !== undefined) return options.format;
  const container = CONTAINERS.get(extname(options.file).toLowerCase());
  if (container !== undefined) return container;
  throw new UsageError(`${options.file}: the ending names no known container (${[...CONTAINERS.keys()].join(', ')})`);
}

/** Checks what an encoder is opened with. Throws a UsageError that names what is wrong and what would be right. */
export function checkOptions(options: EncoderOptions): void {
  const { file, width, height, preset, crf, bitrate, intra } = options;
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 2 || height < 2 || width % 2 || height % 2) {
    throw new UsageError(
      `${file}: size ${width}x${height} can't be encoded: width and height must be even and at least 2`,
    );
  }
  if (preset !== undefined && !PRESETS.includes(preset)) {
    throw new UsageError(`preset ${preset}: libx264 has ${PRESETS.join(', ')}`);
  }
  if (crf !== undefined && !(crf >= 0 && crf <= 51)) throw new UsageError(`crf ${crf}: must be from 0 to 51`);
  if (bitrate !== undefined && !(Number.isInteger(bitrate) && bitrate > 0)) {
    throw new UsageError(`bitrate ${bitrate}: must be a whole number of bits a second, above 0`);
  }
  if (intra !== undefined && !(Number.isInteger(intra) && intra > 0)) {
    throw new UsageError(`intra ${intra}: must be a whole number of frames, above 0`);
  }
  containerOf(options);
}
