import { spawn } from 'node:child_process';
import type { CodecContext, FormatContext, Frame, Stream } from 'node-av/lib';
import { UsageError } from '../errors.ts';
import { checkRegular } from '../regular-file.ts';
import { type Libav, loadLibav } from './load.ts';
import { findSystemFfmpeg, HOW_TO_GET_FFMPEG } from './system-ffmpeg.ts';

/** The sound of a file: its first channel. */
export interface Sound {
  /** Samples a second. */
  readonly rate: number;
  /** -1 to 1. */
  readonly samples: Float32Array;
  /** Presentation time of the first sample, us. */
  readonly startUs: number;
}

/** What ffmpeg is asked for. */
const FFMPEG_RATE = 48_000;

/**
 * Decodes the sound of a file: with node-av, else with the system's ffmpeg.
 * @returns undefined where it holds none. @throws UsageError that names the file where it can't be read.
 */
export async function readSound(file: string): Promise<Sound | undefined> {
  await checkRegular(file);
  const libav = await loadLibav();
  if (!(libav instanceof Error)) return readWithNodeAv(libav, file);
  const ffmpeg = await findSystemFfmpeg();
  if (ffmpeg) return readWithFfmpeg(ffmpeg.command, file);
  throw new UsageError(`nothing to decode sound with: ${libav.message}; or no ffmpeg: ${HOW_TO_GET_FFMPEG}`);
}

async function readWithNodeAv(libav: Libav, file: string): Promise<Sound | undefined> {
  const { constants } = libav;
  const input = new libav.FormatContext();
  const opened = await input.openInput(`file:${file}`);
  if (opened < 0) throw new UsageError(`${file}: can't be read: ${libav.FFmpegError.strerror(opened)}`);
  let codec: CodecContext | undefined;
  try {
    const probed = await input.findStreamInfo();
    const index = probed < 0 ? -1 : input.findBestStream(constants.AVMEDIA_TYPE_AUDIO);
    const stream = input.streams[index];
    const decoder = stream && libav.Codec.findDecoder(stream.codecpar.codecId);
    if (!stream || !decoder) return undefined;
    codec = new libav.CodecContext();
    codec.allocContext3(decoder);
    codec.parametersToContext(stream.codecpar);
    codec.pktTimebase = stream.timeBase;
    const ready = await codec.open2(decoder);
    if (ready < 0) throw new UsageError(`${file}: its sound can't be decoded: ${libav.FFmpegError.strerror(ready)}`);
    return await decode(libav, input, stream, codec);
  } finally {
    codec?.freeContext();
    await input.closeInput();
  }
}

async function decode(
  libav: Libav,
  input: FormatContext,
  stream: Stream,
  codec: CodecContext,
): Promise<Sound | undefined> {
  const [packet, frame] = [new libav.Packet(), new libav.Frame()];
  packet.alloc();
  frame.alloc();
  const pieces: Float32Array[] = [];
  let [rate, startUs] = [0, 0];
  try {
    for (let ended = false; !ended; ) {
      ended = (await input.readFrame(packet)) < 0;
      if (!ended && packet.streamIndex !== stream.index) {
        packet.unref();
        continue;
      }
      await codec.sendPacket(ended ? null : packet);
      if (!ended) packet.unref();
      while ((await codec.receiveFrame(frame)) >= 0) {
        if (pieces.length === 0) {
          rate = frame.sampleRate;
          const { num, den } = stream.timeBase;
          startUs = (Number(frame.bestEffortTimestamp) * num * 1e6) / den;
        }
        pieces.push(firstChannel(libav, frame));
        frame.unref();
      }
    }
  } finally {
    packet.free();
    frame.free();
  }
  if (pieces.length === 0) return undefined;
  const samples = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    samples.set(piece, at);
    at += piece.length;
  }
  return { rate, samples, startUs };
}

/** A frame's first channel as numbers from -1 to 1, whatever it is stored as. */
function firstChannel(libav: Libav, frame: Frame): Float32Array {
  const c = libav.constants;
  const bytes = frame.data?.[0];
  if (bytes === undefined) return new Float32Array(0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const planar = [
    c.AV_SAMPLE_FMT_U8P,
    c.AV_SAMPLE_FMT_S16P,
    c.AV_SAMPLE_FMT_S32P,
    c.AV_SAMPLE_FMT_FLTP,
    c.AV_SAMPLE_FMT_DBLP,
  ];
  const format = frame.format as (typeof planar)[number];
  const step = planar.includes(format) ? 1 : frame.channels;
  const read = (size: number, value: (at: number) => number): Float32Array =>
    Float32Array.from({ length: frame.nbSamples }, (_, i) => value(i * step * size));
  switch (frame.format) {
    case c.AV_SAMPLE_FMT_FLT:
    case c.AV_SAMPLE_FMT_FLTP:
      return read(4, (at) => view.getFloat32(at, true));
    case c.AV_SAMPLE_FMT_DBL:
    case c.AV_SAMPLE_FMT_DBLP:
      return read(8, (at) => view.getFloat64(at, true));
    case c.AV_SAMPLE_FMT_S16:
    case c.AV_SAMPLE_FMT_S16P:
      return read(2, (at) => view.getInt16(at, true) / 2 ** 15);
    case c.AV_SAMPLE_FMT_S32:
    case c.AV_SAMPLE_FMT_S32P:
      return read(4, (at) => view.getInt32(at, true) / 2 ** 31);
    default:
      return read(1, (at) => (view.getUint8(at) - 128) / 128);
  }
}

async function readWithFfmpeg(command: string, file: string): Promise<Sound | undefined> {
  const args = ['-hide_banner', '-nostdin', '-loglevel', 'error', '-i', `file:${file}`, '-map', '0:a:0'];
  // Silence stands where the sound begins later than the file: then its first sample is at 0.
  const filter = ['-af', `pan=mono|c0=c0,aresample=${FFMPEG_RATE}:async=1:first_pts=0`, '-f', 'f32le', '-'];
  const child = spawn(command, [...args, ...filter], { stdio: ['ignore', 'pipe', 'ignore'] });
  const pieces: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
  const why = await new Promise<string | undefined>((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('close', (_, signal) => resolve(signal ?? undefined));
  });
  if (why !== undefined) throw new UsageError(`${file}: its sound can't be read: ffmpeg: ${why}`);
  const all = Buffer.concat(pieces);
  if (all.length === 0) return undefined;
  const samples = new Float32Array(all.buffer.slice(all.byteOffset, all.byteOffset + (all.length & ~3)));
  return { rate: FFMPEG_RATE, samples, startUs: 0 };
}
