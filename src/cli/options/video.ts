import { extname } from 'node:path';
import { UsageError } from '../../errors.ts';
import type { EncoderOptions } from '../../record/encoder.ts';
import { elementaryContainer, formatOfAddress } from '../../record/encoders/container.ts';
import { checkAddress, isStream } from '../../record/encoders/outputs/address.ts';
import type { FrameRate } from '../../time/frame-rate.ts';
import type { Asked } from './read.ts';

/** How the video is encoded and where it goes; without a `file` nothing is encoded. */
export type VideoOptions = Omit<EncoderOptions, 'file'> & { readonly file?: string | undefined };

/** Endings that name a container; with any other, h264 and mjpeg are bare streams. */
const CONTAINERS = ['.mp4', '.m4v', '.mov', '.mkv', '.ts', '.avi', '.flv'];

/** The encoder's options. @throws UsageError that names what is wrong and what would be right. */
export function videoOptions({ values, given }: Asked, frameRate: FrameRate): VideoOptions {
  const { bitrate, profile, level, intra, codec } = values;
  const file = values.output === '' ? undefined : values.output;
  const libavCodec = given.has('libav-video-codec') ? values['libav-video-codec'] : undefined;
  const encoded = {
    codec: codec === 'libav' ? ('h264' as const) : codec,
    ...(libavCodec !== undefined && { libavCodec }),
    width: values.width || 640,
    height: values.height || 480,
    frameRate,
  };
  if (file !== undefined && file !== '-' && isStream(file)) checkAddress(file);
  const options = libavOptions(values['low-latency'] && isX264(encoded), values['libav-video-codec-opts']);
  const format = file === undefined ? undefined : (values['libav-format'] ?? formatOf({ ...encoded, file }, codec));
  return {
    file,
    ...encoded,
    ...(values.listen && isTcp(file) && { listen: true }),
    ...(format !== undefined && { format }),
    ...(options !== undefined && { libavOptions: options }),
    ...(profile !== undefined && { profile }),
    ...(level !== undefined && { level }),
    ...(bitrate > 0 && { bitrate }),
    ...(intra > 0 && { intra }),
    ...(given.has('preset') && { preset: values.preset }),
    ...(values.inline && { inline: true }),
    ...(values.timestamps === 'true' && { timestamps: 'true' as const }),
    ...(codec === 'mjpeg' && { quality: values.quality }),
  };
}

export const isTcp = (file: string | undefined): boolean => /^tcp:\/\//i.test(file ?? '');

/** Whether libx264 encodes. */
export const isX264 = ({ codec, libavCodec }: Pick<EncoderOptions, 'codec' | 'libavCodec'>): boolean =>
  codec === 'h264' && (libavCodec ?? 'libx264') === 'libx264';

/**
 * FFmpeg's name of the container; undefined where the encoder finds it by the ending, or says which endings it knows.
 */
function formatOf(options: EncoderOptions, codec: string): string | undefined {
  const { file } = options;
  const byAddress = formatOfAddress(file);
  if (byAddress !== undefined) return byAddress;
  if (codec === 'libav' && isStream(file)) {
    throw new UsageError(
      `--codec libav: a stream to ${file} has no ending that names a container; give --libav-format, for example mpegts`,
    );
  }
  const contained = !isStream(file) && CONTAINERS.includes(extname(file).toLowerCase());
  return codec === 'libav' || (contained && codec !== 'yuv420') ? undefined : elementaryContainer(options);
}

function libavOptions(
  lowLatency: boolean,
  given: Readonly<Record<string, string>> = {},
): EncoderOptions['libavOptions'] {
  const options = { ...(lowLatency && { tune: 'zerolatency' }), ...given };
  return Object.keys(options).length === 0 ? undefined : options;
}
