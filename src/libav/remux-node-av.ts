import type { FormatContext, Stream } from 'node-av/lib';
import { FailureError, UsageError } from '../errors.ts';
import type { Libav } from './load.ts';
import { readAccessUnits } from './read-units.ts';
import type { RemuxJob } from './remux.ts';

/** Copies with FFmpeg in process: the pictures as this project cuts them, each a packet with its time. */
export async function remuxWithNodeAv(libav: Libav, job: RemuxJob): Promise<number> {
  const { frameRate } = job;
  const output = new libav.FormatContext();
  if (output.allocOutputContext2(null, job.format ?? null, `file:${job.output}`) < 0) {
    throw new UsageError(`${job.output}: the ending names no container that FFmpeg knows`);
  }
  try {
    const stream = output.newStream();
    await copyParameters(libav, job.input, stream);
    const timeBase = new libav.Rational(frameRate.den, frameRate.num);
    stream.timeBase = timeBase;
    stream.avgFrameRate = timeBase.inv();
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

/** Size, profile, colours and parameter sets, as FFmpeg reads them from the stream's start. */
async function copyParameters(libav: Libav, file: string, stream: Stream): Promise<void> {
  const input = new libav.FormatContext();
  const opened = await input.openInput(`file:${file}`, libav.InputFormat.findInputFormat('h264'));
  if (opened < 0) throw new UsageError(`${file}: can't be read: ${libav.FFmpegError.strerror(opened)}`);
  try {
    await input.findStreamInfo();
    const parameters = input.streams[0]?.codecpar;
    if (!parameters || parameters.width <= 0) throw new UsageError(`${file}: its H.264 does not say how large it is`);
    parameters.copy(stream.codecpar);
    stream.codecpar.codecTag = 0;
  } finally {
    await input.closeInput();
  }
}

async function copyPackets(
  libav: Libav,
  job: RemuxJob,
  output: FormatContext,
  stream: Stream,
  check: (code: number) => void,
): Promise<number> {
  const timeBase = { num: job.frameRate.den, den: job.frameRate.num };
  const packet = new libav.Packet();
  packet.alloc();
  let frames = 0;
  try {
    for await (const { bytes, keyframe } of readAccessUnits(job.input)) {
      if (frames >= job.frames) break;
      packet.data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      packet.streamIndex = stream.index;
      packet.pts = packet.dts = BigInt(job.firstSlot + frames);
      packet.duration = 1n;
      packet.isKeyframe = keyframe;
      // The container settles on its own time base when its header is written.
      packet.rescaleTs(timeBase, stream.timeBase);
      check(output.writeFrameSync(packet));
      packet.unref();
      frames++;
      if (frames % 256 === 0) {
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
