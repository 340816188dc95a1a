import type { FormatContext, Stream } from 'node-av/lib';
import { FailureError, UsageError } from '../errors.ts';
import { periodUs } from '../time/frame-rate.ts';
import { type StreamParameters, withLengths } from './avc.ts';
import type { Libav } from './load.ts';
import type { RemuxJob } from './remux-job.ts';

/** Copies with FFmpeg in process: each picture a packet with its time. */
export async function remuxWithNodeAv(libav: Libav, job: RemuxJob): Promise<number> {
  const { frameRate } = job;
  const output = new libav.FormatContext();
  if (output.allocOutputContext2(null, job.format ?? null, `file:${job.output}`) < 0) {
    throw new UsageError(`${job.output}: the ending names no container that FFmpeg knows`);
  }
  try {
    const stream = output.newStream();
    setParameters(libav, job.parameters, stream);
    const { num, den } = timeBaseOf(job);
    stream.timeBase = new libav.Rational(num, den);
    stream.avgFrameRate = new libav.Rational(frameRate.num, frameRate.den);
    output.metadata = libav.Dictionary.fromObject({ ...job.tags.file });
    stream.metadata = libav.Dictionary.fromObject({ ...job.tags.video });
    const check = (code: number): void => {
      if (code < 0) throw new FailureError(`${job.output}: can't be written: ${libav.FFmpegError.strerror(code)}`);
    };
    check(await output.openOutput());
    check(await output.writeHeader(libav.Dictionary.fromObject({ ...job.settings })));
    const frames = await copyPackets(libav, job, output, stream, check);
    check(await output.writeTrailer());
    return frames;
  } finally {
    await output.closeOutput();
    output.freeContext();
  }
}

/** What times are counted in: slots, or us. */
const timeBaseOf = ({ timesUs, frameRate }: RemuxJob): { num: number; den: number } =>
  timesUs ? { num: 1, den: 1_000_000 } : { num: frameRate.den, den: frameRate.num };

function setParameters(libav: Libav, from: StreamParameters, { codecpar }: Stream): void {
  const { constants } = libav;
  codecpar.codecType = constants.AVMEDIA_TYPE_VIDEO;
  codecpar.codecId = constants.AV_CODEC_ID_H264;
  codecpar.codecTag = 0;
  codecpar.width = from.width;
  codecpar.height = from.height;
  codecpar.extradata = Buffer.from(from.avcC);
  codecpar.profile = from.profile as typeof codecpar.profile;
  codecpar.level = from.level;
  codecpar.colorRange = from.fullRange ? constants.AVCOL_RANGE_JPEG : constants.AVCOL_RANGE_MPEG;
  codecpar.colorPrimaries = from.primaries as typeof codecpar.colorPrimaries;
  codecpar.colorTrc = from.transfer as typeof codecpar.colorTrc;
  codecpar.colorSpace = from.matrix as typeof codecpar.colorSpace;
}

async function copyPackets(
  libav: Libav,
  job: RemuxJob,
  output: FormatContext,
  stream: Stream,
  check: (code: number) => void,
): Promise<number> {
  const timeBase = timeBaseOf(job);
  const duration = job.timesUs ? BigInt(Math.round(periodUs(job.frameRate))) : 1n;
  const packet = new libav.Packet();
  packet.alloc();
  let frames = 0;
  try {
    for await (const { bytes, keyframe } of job.units) {
      if (frames >= job.frames) break;
      packet.data = withLengths(bytes);
      packet.streamIndex = stream.index;
      packet.pts = packet.dts = BigInt(job.timesUs?.[frames] ?? job.firstSlot + frames);
      packet.duration = duration;
      packet.isKeyframe = keyframe;
      // The container settles on its own time base when its header is written.
      packet.rescaleTs(timeBase, stream.timeBase);
      check(output.writeFrameSync(packet));
      packet.unref();
      frames++;
      if (frames % 64 === 0) {
        job.onProgress(frames);
        // Nothing above waits while the disk keeps up: other work gets its turn here.
        await new Promise(setImmediate);
      }
    }
  } finally {
    packet.free();
  }
  return frames;
}
