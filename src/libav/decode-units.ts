import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Frame } from 'node-av/lib';
import { UsageError } from '../errors.ts';
import type { AccessUnit } from './annex-b.ts';
import { type StreamParameters, withLengths } from './avc.ts';
import type { Libav } from './load.ts';
import { matroskaFrameHeader, matroskaHeader } from './matroska.ts';
import { TELLING, ToldPictures } from './told-pictures.ts';
import { viaFfmpeg, type Way } from './way.ts';

/** From one unit's time to the next where they are handed to ffmpeg, us: by its time a picture is known again. */
const UNIT_US = 40_000;

/**
 * A decoded picture: planes Y, U, V of 8 bit 4:2:0 behind each other, rows without padding, in the stream's own range.
 */
export interface DecodedUnit {
  /** Which of the units it is, from 0. A damaged one may be left out. */
  readonly index: number;
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * Decodes pictures of H.264 without B-frames, from a keyframe on.
 * Throws a UsageError where the stream is not 8 bit 4:2:0, or where there is nothing to decode with.
 * @param name Of the stream, for errors.
 * @param way The only way to FFmpeg that may be taken. Default: either.
 */
export async function* decodeUnits(
  units: AsyncIterable<AccessUnit>,
  parameters: StreamParameters,
  name: string,
  way?: Way,
): AsyncGenerator<DecodedUnit> {
  const { chroma, lumaBits, chromaBits, width, height } = parameters;
  if (chroma !== 1 || lumaBits !== 8 || chromaBits !== 8 || width % 2 || height % 2) {
    throw new UsageError(`${name}: can't be encoded anew: it is not 8 bit 4:2:0 of even size`);
  }
  yield* await viaFfmpeg<AsyncGenerator<DecodedUnit>>(
    'decode video',
    {
      nodeAv: (libav) => decodeWithNodeAv(libav, units, parameters),
      system: (ffmpeg) => decodeWithFfmpeg(ffmpeg.command, units, parameters, name),
    },
    way,
  );
}

async function* decodeWithNodeAv(
  libav: Libav,
  units: AsyncIterable<AccessUnit>,
  parameters: StreamParameters,
): AsyncGenerator<DecodedUnit> {
  const decoder = libav.Codec.findDecoder(libav.constants.AV_CODEC_ID_H264);
  if (!decoder) throw new UsageError('this build of node-av has no decoder for H.264');
  const codec = new libav.CodecContext();
  codec.allocContext3(decoder);
  codec.extraData = Buffer.from(parameters.sets);
  const packet = new libav.Packet();
  const frame = new libav.Frame();
  packet.alloc();
  frame.alloc();
  try {
    const opened = await codec.open2(decoder);
    if (opened < 0) throw new UsageError(`H.264 can't be decoded: ${libav.FFmpegError.strerror(opened)}`);
    const pictures = async function* (): AsyncGenerator<DecodedUnit> {
      while ((await codec.receiveFrame(frame)) >= 0) yield copyPlanes(frame, Number(frame.bestEffortTimestamp));
    };
    let index = 0;
    for await (const { bytes } of units) {
      packet.data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      packet.pts = packet.dts = BigInt(index++);
      // What can't be decoded gives no picture; the next keyframe does again.
      await codec.sendPacket(packet);
      packet.unref();
      yield* pictures();
    }
    await codec.sendPacket(null);
    yield* pictures();
  } finally {
    packet.free();
    frame.free();
    codec.freeContext();
  }
}

function copyPlanes(frame: Frame, index: number): DecodedUnit {
  const { width, height } = frame;
  const data = new Uint8Array((width * height * 3) / 2);
  let at = 0;
  for (let plane = 0; plane < 3; plane++) {
    const [columns, rows] = plane === 0 ? [width, height] : [width / 2, height / 2];
    const source = frame.data?.[plane] ?? new Uint8Array(0);
    const stride = frame.linesize[plane] ?? columns;
    for (let row = 0; row < rows; row++, at += columns) {
      data.set(source.subarray(row * stride, row * stride + columns), at);
    }
  }
  return { index, width, height, data };
}

async function* decodeWithFfmpeg(
  command: string,
  units: AsyncIterable<AccessUnit>,
  parameters: StreamParameters,
  name: string,
): AsyncGenerator<DecodedUnit> {
  const { width, height } = parameters;
  const input = [...TELLING, '-copyts', '-f', 'matroska', '-i', 'pipe:0', '-map', '0:v:0'];
  const output = ['-vf', 'showinfo', '-fps_mode', 'passthrough', '-pix_fmt', 'yuv420p', '-f', 'rawvideo', 'pipe:1'];
  const child = spawn(command, [...input, ...output], { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  child.stdin.on('error', () => {});
  const told = new ToldPictures();
  child.stderr.setEncoding('utf8').on('data', (text: string) => told.push(text));
  const ended = new Promise<string | undefined>((resolve) => {
    child.on('error', ({ message }) => resolve(message));
    child.on('close', (_, signal) => resolve(signal ?? undefined));
  });
  void ended.then(() => told.end());
  const feeding = feed(child.stdin, ended, units, parameters);
  feeding.catch(() => child.kill());
  const size = (width * height * 3) / 2;
  let [data, filled] = [new Uint8Array(size), 0];
  try {
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; ) {
        const part = chunk.subarray(at, at + size - filled);
        data.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled < size) continue;
        yield { index: Math.round((await told.next()) / UNIT_US), width, height, data };
        [data, filled] = [new Uint8Array(size), 0];
      }
    }
    await feeding;
    const why = await ended;
    if (why !== undefined) throw new UsageError(`${name}: can't be decoded: ffmpeg: ${why}`);
  } finally {
    child.kill();
  }
}

/**
 * Hands the units over in Matroska: a bare stream has no times, and one unit without a picture would number all behind
 * it anew.
 */
async function feed(
  stdin: Writable,
  ended: Promise<unknown>,
  units: AsyncIterable<AccessUnit>,
  { width, height, avcC }: StreamParameters,
): Promise<void> {
  stdin.write(matroskaHeader({ width, height, frameRate: { num: 1e6 / UNIT_US, den: 1 }, avcC }));
  let index = 0;
  for await (const { bytes, keyframe } of units) {
    if (stdin.destroyed) return;
    const data = withLengths(bytes);
    stdin.write(matroskaFrameHeader(index++ * UNIT_US, data.length, keyframe));
    if (!stdin.write(data)) await Promise.race([once(stdin, 'drain').catch(() => {}), ended]);
  }
  stdin.end();
}
