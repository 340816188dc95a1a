import { UsageError } from '../../errors.ts';
import type { EncoderOptions } from '../encoder.ts';
import { containerOf } from './container.ts';
import { codecOf, encoderName } from './encoder-name.ts';
import { checkAddress, isStream } from './outputs/address.ts';

/** Presets of libx264, the fastest first. */
export const PRESETS = 'ultrafast superfast veryfast faster fast medium slow slower veryslow placebo'.split(' ');
const PROFILES = 'baseline main high high10 high422 high444'.split(' ');
/** ITU-T H.264, table A-1. */
const LEVELS = '1 1b 1.1 1.2 1.3 2 2.1 2.2 3 3.1 3.2 4 4.1 4.2 5 5.1 5.2 6 6.1 6.2'.split(' ');

/** Options that hold an encoder's own ones, and how those turn B-frames on. */
const PARAMETERS = ['x264-params', 'x264opts', 'x265-params'];
const B_FRAMES = /(?:^|:)b-?frames=(?!0(?::|$))/;

/**
 * Checks what an encoder is opened with, as far as it can be known without FFmpeg. Throws a UsageError that names what
 * is wrong and what would be right.
 */
export function checkOptions(options: EncoderOptions): void {
  const { file, width, height, preset, crf, bitrate, intra, quality, profile, level } = options;
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 2 || height < 2 || width % 2 || height % 2) {
    throw new UsageError(
      `${file}: size ${width}x${height} can't be encoded: width and height must be even and at least 2`,
    );
  }
  const codec = codecOf(encoderName(options));
  if (codec === 'h264') {
    oneOf('preset', preset, PRESETS, 'libx264 has');
    oneOf('profile', profile, PROFILES, 'H.264 has');
    oneOf('level', level, LEVELS, 'H.264 has');
  }
  if (crf !== undefined && !(crf >= 0 && crf <= 51)) throw new UsageError(`crf ${crf}: must be from 0 to 51`);
  if (bitrate !== undefined && !(Number.isInteger(bitrate) && bitrate > 0)) {
    throw new UsageError(`bitrate ${bitrate}: must be a whole number of bits a second, above 0`);
  }
  if (intra !== undefined && !(Number.isInteger(intra) && intra > 0)) {
    throw new UsageError(`intra ${intra}: must be a whole number of frames, above 0`);
  }
  if (quality !== undefined && !(quality >= 0 && quality <= 100)) {
    throw new UsageError(`quality ${quality}: must be from 0 to 100`);
  }
  checkLibavOptions(options);
  if (!options.sink && file !== '-' && isStream(file)) checkAddress(file);
  if (options.listen && !/^tcp:/i.test(file)) throw new UsageError(`${file}: listen needs tcp://host:port`);
  checkTimestamps(options, containerOf(options));
}

/** Containers that hold a time for each picture. */
const TIMED = ['mp4', 'mov', 'matroska'];

function checkTimestamps({ file, timestamps, sink }: EncoderOptions, container: string | undefined): void {
  if (timestamps !== 'true' || (!sink && TIMED.includes(container ?? ''))) return;
  throw new UsageError(`${file}: timestamps true: it holds no times of its own; .mp4, .mov and .mkv do`);
}

function oneOf(name: string, value: string | undefined, values: readonly string[], who: string): void {
  if (value !== undefined && !values.includes(value)) {
    throw new UsageError(`${name} ${value}: ${who} ${values.join(', ')}`);
  }
}

function checkLibavOptions({ libavOptions = {} }: EncoderOptions): void {
  for (const [name, value] of Object.entries(libavOptions)) {
    const given = `libav option ${name}=${value}`;
    if (!/^[A-Za-z][\w.-]*$/.test(name)) throw new UsageError(`${given}: ${name} is no option's name`);
    if ((name === 'bf' && value !== '0') || (PARAMETERS.includes(name) && B_FRAMES.test(value))) {
      throw new UsageError(`${given}: B-frames must stay off: they move the times of frames off their slots`);
    }
    if (name === 'g' && !/^[1-9]\d*$/.test(value)) {
      throw new UsageError(`${given}: must be a whole number of frames, above 0`);
    }
  }
}
