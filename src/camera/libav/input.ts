import { stat } from 'node:fs/promises';
import type { CodecContext, FormatContext, Stream } from 'node-av/lib';
import { FailureError, UsageError } from '../../errors.ts';
import type { Libav } from '../../libav/load.ts';
import { type FrameRate, formatFrameRate } from '../../time/frame-rate.ts';
import type { CameraRequest } from '../camera.ts';
import type { LibavSpec } from './spec.ts';

/** Size and rate that the recording has. */
type Wanted = Pick<CameraRequest, 'width' | 'height' | 'frameRate' | 'signal'>;

/** An input of FFmpeg, open, with a decoder for its video. */
export interface LibavInput {
  readonly format: FormatContext;
  readonly stream: Stream;
  readonly codec: CodecContext;
}

/**
 * Opens an input; a device is asked for the wanted size and rate.
 * @throws UsageError that names it and says what is wrong; FailureError where the wish's signal fires before it is
 * open.
 */
export async function openInput(libav: Libav, spec: LibavSpec, wanted: Wanted): Promise<LibavInput> {
  const format = new libav.FormatContext();
  // Only a context that exists can be interrupted while it is opened.
  format.allocContext();
  const { signal } = wanted;
  const interrupt = (): void => format.interrupt();
  signal?.addEventListener('abort', interrupt, { once: true });
  try {
    const input = await openFormat(libav, format, spec, wanted);
    if (!signal?.aborted) return input;
    input.codec.freeContext();
    await format.closeInput();
    throw givenUp(spec);
  } catch (error) {
    throw signal?.aborted ? givenUp(spec) : error;
  } finally {
    signal?.removeEventListener('abort', interrupt);
  }
}

const givenUp = ({ text }: LibavSpec): FailureError =>
  new FailureError(`camera ${text}: was given up before it was open`);

async function openFormat(libav: Libav, format: FormatContext, spec: LibavSpec, wanted: Wanted): Promise<LibavInput> {
  const { constants } = libav;
  if (spec.kind === 'file') await checkFile(spec);
  const demuxer = spec.format === undefined ? null : libav.InputFormat.findInputFormat(spec.format);
  if (spec.format !== undefined && !demuxer)
    throw new UsageError(`camera ${spec.text}: FFmpeg has no input ${spec.format} here`);
  const url = spec.kind === 'file' ? `file:${spec.input}` : spec.input;
  const opened = await format.openInput(url, demuxer, libav.Dictionary.fromObject(inputOptions(spec, wanted)));
  if (opened < 0) throw new UsageError(`camera ${spec.text}: can't be opened: ${libav.FFmpegError.strerror(opened)}`);
  let codec: CodecContext | undefined;
  try {
    await format.findStreamInfo();
    const stream = format.streams[format.findBestStream(constants.AVMEDIA_TYPE_VIDEO)];
    const decoder = stream && libav.Codec.findDecoder(stream.codecpar.codecId);
    if (!stream || !decoder || stream.codecpar.width <= 0) throw new UsageError(`camera ${spec.text}: holds no video`);
    codec = new libav.CodecContext();
    codec.allocContext3(decoder);
    codec.parametersToContext(stream.codecpar);
    codec.pktTimebase = stream.timeBase;
    const ready = await codec.open2(decoder);
    if (ready < 0) throw new UsageError(`camera ${spec.text}: can't be decoded: ${libav.FFmpegError.strerror(ready)}`);
    return { format, stream, codec };
  } catch (error) {
    codec?.freeContext();
    await format.closeInput();
    throw error;
  }
}

/** Size and rate by the spec, for a device else as wanted. What has a size and a rate of its own is not asked. */
function inputOptions(spec: LibavSpec, wanted: Wanted): Record<string, string> {
  const { width, height, frameRate }: Partial<Wanted> =
    spec.kind === 'device' ? { ...wanted, ...spec.asked } : spec.asked;
  return {
    ...(width !== undefined && height !== undefined && { video_size: `${width}x${height}` }),
    ...(frameRate && { framerate: `${frameRate.num}/${frameRate.den}` }),
    ...spec.options,
  };
}

async function checkFile(spec: LibavSpec): Promise<void> {
  const found = await stat(spec.input).catch(() => undefined);
  if (!found) throw new UsageError(`camera ${spec.text}: no file ${spec.input}`);
  if (found.isDirectory()) throw new UsageError(`camera ${spec.text}: ${spec.input} is a folder`);
}

/** Size and rate of an input, for people. */
export const describeInput = ({ stream }: LibavInput, rate: FrameRate): string =>
  `${stream.codecpar.width}x${stream.codecpar.height} at ${formatFrameRate(rate)} fps`;
