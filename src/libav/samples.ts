import type { Frame } from 'node-av/lib';
import type { Libav } from './load.ts';

/** How a sample of a format stands in memory. */
interface SampleReading {
  /** Bytes a sample. */
  readonly size: number;
  /** -1 to 1. */
  readonly value: (view: DataView, at: number) => number;
}

/** How samples of a format of FFmpeg's are read; what is none of those is taken for bytes. */
function sampleReading({ constants: c }: Libav, format: number): SampleReading {
  switch (format) {
    case c.AV_SAMPLE_FMT_FLT:
    case c.AV_SAMPLE_FMT_FLTP:
      return { size: 4, value: (view, at) => view.getFloat32(at, true) };
    case c.AV_SAMPLE_FMT_DBL:
    case c.AV_SAMPLE_FMT_DBLP:
      return { size: 8, value: (view, at) => view.getFloat64(at, true) };
    case c.AV_SAMPLE_FMT_S16:
    case c.AV_SAMPLE_FMT_S16P:
      return { size: 2, value: (view, at) => view.getInt16(at, true) / 2 ** 15 };
    case c.AV_SAMPLE_FMT_S32:
    case c.AV_SAMPLE_FMT_S32P:
      return { size: 4, value: (view, at) => view.getInt32(at, true) / 2 ** 31 };
    default:
      return { size: 1, value: (view, at) => (view.getUint8(at) - 128) / 128 };
  }
}

/** Whether each channel of a format has a plane of its own. */
const isPlanar = ({ constants: c }: Libav, format: number): boolean =>
  (
    [
      c.AV_SAMPLE_FMT_U8P,
      c.AV_SAMPLE_FMT_S16P,
      c.AV_SAMPLE_FMT_S32P,
      c.AV_SAMPLE_FMT_FLTP,
      c.AV_SAMPLE_FMT_DBLP,
    ] as number[]
  ).includes(format);

/** Hands over each sample of a frame, channel by channel. */
export function eachSample(
  libav: Libav,
  frame: Frame,
  take: (channel: number, index: number, value: number, channels: number) => void,
): void {
  const { nbSamples, channels: all, format } = frame;
  const planes = frame.data ?? [];
  const apart = isPlanar(libav, format);
  const channels = apart ? Math.min(all, planes.length) : all;
  const { size, value } = sampleReading(libav, format);
  const step = (apart ? 1 : channels) * size;
  for (let channel = 0; channel < channels; channel++) {
    const bytes = planes[apart ? channel : 0];
    if (bytes === undefined) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const first = apart ? 0 : channel * size;
    for (let i = 0; i < nbSamples; i++) take(channel, i, value(view, first + i * step), channels);
  }
}
