import { extname } from 'node:path';
import { OptionError, UsageError } from '../../errors.ts';
import type { EncoderOptions } from '../encoder.ts';
import { codecOf, encoderName } from './encoder-name.ts';
import { isStream, schemeOf } from './outputs/address.ts';

/** What says the container. */
type Named = Pick<EncoderOptions, 'file' | 'format' | 'sink' | 'codec' | 'libavCodec'>;

/** Endings that say their container, and the container's name in FFmpeg. Others are asked of FFmpeg. */
const ENDINGS = new Map([
  ['.mp4', 'mp4'],
  ['.m4v', 'mp4'],
  ['.mov', 'mov'],
  ['.mkv', 'matroska'],
  ['.webm', 'webm'],
  ['.ts', 'mpegts'],
  ['.avi', 'avi'],
  ['.flv', 'flv'],
  ['.h264', 'h264'],
  ['.264', 'h264'],
  ['.h265', 'hevc'],
  ['.265', 'hevc'],
  ['.hevc', 'hevc'],
  ['.mjpeg', 'mjpeg'],
  ['.mjpg', 'mjpeg'],
  ['.yuv', 'rawvideo'],
  ['.raw', 'rawvideo'],
]);

/** The bare streams of codecs, by their names in FFmpeg. */
const ELEMENTARY = new Map([
  ['h264', 'h264'],
  ['hevc', 'hevc'],
  ['mjpeg', 'mjpeg'],
  ['rawvideo', 'rawvideo'],
  ['mpeg4', 'm4v'],
  ['mpeg1video', 'mpeg1video'],
  ['mpeg2video', 'mpeg2video'],
]);

const PICTURES = new Set('.jpg .jpeg .png .bmp .tif .tiff .ppm .pgm .webp .jp2 .jxl'.split(' '));
/** Formats that open files of their own. */
const MANY_FILES = new Set(
  'image2 hls dash segment stream_segment ssegment smoothstreaming tee rtsp rtp sap fifo hds webm_chunk'.split(' '),
);

/** The container that FFmpeg calls the bare stream of this codec; undefined where it has none. */
export const elementaryContainer = (options: Pick<Named, 'codec' | 'libavCodec'>): string | undefined =>
  ELEMENTARY.get(codecOf(encoderName(options)));

/** The container that goes over an address's protocol alone (rtmp), or usually (srt); undefined where any can. */
export function formatOfAddress(file: string): string | undefined {
  const scheme = schemeOf(file) ?? '';
  if (/^rtmp/.test(scheme)) return 'flv';
  return scheme === 'srt' ? 'mpegts' : undefined;
}

/** True for the bare stream of a codec: no index, no times. */
export const isElementary = (container: string | undefined): boolean =>
  container !== undefined && [...ELEMENTARY.values()].includes(container);

/**
 * The container's name in FFmpeg: as given; for a stream the codec's own; else by the file's ending. Undefined where
 * only FFmpeg may know it. Throws a UsageError where it can't be: the codec has no bare stream, or the container none
 * of this codec.
 */
export function containerOf(options: Named): string | undefined {
  const { file, format, sink } = options;
  const own = elementaryContainer(options);
  if (sink || (format === undefined && isStream(file))) {
    const usual = sink ? own : (formatOfAddress(file) ?? own);
    if (usual !== undefined) return usual;
    throw new UsageError(`${file}: ${encoderName(options)} has no stream of its own; give a format, such as matroska`);
  }
  const ending = extname(file).toLowerCase();
  if (format === undefined && PICTURES.has(ending)) throw new UsageError(`${file}: ${ending} is a single picture's`);
  const container = format ?? ENDINGS.get(ending);
  if (container !== undefined && MANY_FILES.has(container)) {
    throw new UsageError(`${file}: format ${container} writes files or streams of its own, which is not done here`);
  }
  if (isElementary(container) && container !== own) {
    throw new UsageError(
      `${file}: ${container} can't hold ${codecOf(encoderName(options))}; name another ending or format`,
    );
  }
  return container;
}

/** What is said where neither this list nor FFmpeg knows a container by the name. */
export const unknownEnding = (file: string): UsageError =>
  new OptionError(
    'output',
    file,
    `the ending names no known container (${[...ENDINGS.keys()].join(', ')}); or give one with {libav-format}`,
  );

export const unknownContainer = (file: string, container: string): UsageError =>
  new UsageError(`${file}: FFmpeg has no container called ${container}`);
