import { spawn } from 'node:child_process';
import type { CodecContext, FormatContext, Frame, Stream } from 'node-av/lib';
import { UsageError } from '../errors.ts';
import { checkRegular } from '../regular-file.ts';
import { readContainer } from './container.ts';
import { openOwnContent, ownContent } from './file-formats.ts';
import type { Libav } from './load.ts';
import { eachSample } from './samples.ts';
import { killedBy } from './system-ffmpeg.ts';
import { viaFfmpeg, type Way } from './way.ts';

/** A part of a file's sound: its channels together. */
export interface SoundPiece {
  /** Samples a second. */
  readonly rate: number;
  /** -1 to 1. Valid until the next piece. */
  readonly samples: Float32Array;
  /** Presentation time of the first sample, us. */
  readonly us: number;
}

/** What is known of a file's sound when it was read. */
export interface SoundKind {
  /** True where it was encoded so that not every sample is kept as it was: an onset is smeared. */
  readonly lossy: boolean;
  /** Presentation time of the first sample, us. */
  readonly startUs: number;
}

export type SoundListener = (piece: SoundPiece) => void;

/** What ffmpeg is asked for. */
const FFMPEG_RATE = 48_000;

/**
 * Decodes the sound of a file, piece by piece: with node-av, else with the system's ffmpeg.
 * @param way The only way to FFmpeg that may be taken. Default: either.
 * @param signal Ends it when aborted: its reason is thrown.
 * @returns undefined where it holds none. @throws UsageError that names the file where it can't be read.
 */
export async function readSound(
  file: string,
  listen: SoundListener,
  way?: Way,
  signal?: AbortSignal,
): Promise<SoundKind | undefined> {
  signal?.throwIfAborted();
  await checkRegular(file);
  return viaFfmpeg(
    'decode sound',
    {
      nodeAv: (libav) => readWithNodeAv(libav, file, { listen, signal }),
      system: (ffmpeg) => readWithFfmpeg(ffmpeg.command, file, { listen, signal }),
    },
    way,
  );
}

interface Listening {
  readonly listen: SoundListener;
  readonly signal: AbortSignal | undefined;
}

async function readWithNodeAv(libav: Libav, file: string, listening: Listening): Promise<SoundKind | undefined> {
  const { constants } = libav;
  const input = new libav.FormatContext();
  const opened = await openOwnContent(libav, input, file);
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
    const startUs = await decode(libav, input, stream, codec, listening);
    return startUs === undefined ? undefined : { lossy: !isLossless(libav, stream.codecpar.codecId), startUs };
  } finally {
    codec?.freeContext();
    await input.closeInput();
  }
}

/** PCM of any kind, and codecs that give back every sample. */
const isLossless = ({ constants: c }: Libav, codec: number): boolean =>
  (codec >= c.AV_CODEC_ID_PCM_S16LE && codec < c.AV_CODEC_ID_ADPCM_IMA_QT) ||
  ([c.AV_CODEC_ID_FLAC, c.AV_CODEC_ID_ALAC, c.AV_CODEC_ID_WAVPACK] as number[]).includes(codec);
const LOSSLESS = /^(pcm_|flac\b|alac\b|wavpack\b)/;

/** @returns the presentation time of the first sample, us; undefined where there is none. */
async function decode(
  libav: Libav,
  input: FormatContext,
  stream: Stream,
  codec: CodecContext,
  { listen, signal }: Listening,
): Promise<number | undefined> {
  const [packet, frame] = [new libav.Packet(), new libav.Frame()];
  packet.alloc();
  frame.alloc();
  const { num, den } = stream.timeBase;
  const mixer = new Mixer(libav);
  let startUs: number | undefined;
  let nextUs = 0;
  try {
    for (let ended = false; !ended; ) {
      signal?.throwIfAborted();
      ended = (await input.readFrame(packet)) < 0;
      if (!ended && packet.streamIndex !== stream.index) {
        packet.unref();
        continue;
      }
      await codec.sendPacket(ended ? null : packet);
      if (!ended) packet.unref();
      while ((await codec.receiveFrame(frame)) >= 0) {
        const rate = frame.sampleRate;
        const pts = frame.bestEffortTimestamp;
        const us = pts === libav.constants.AV_NOPTS_VALUE ? nextUs : (Number(pts) * num * 1e6) / den;
        startUs ??= us;
        nextUs = us + (frame.nbSamples * 1e6) / rate;
        listen({ rate, samples: mixer.mix(frame), us });
        frame.unref();
      }
    }
  } finally {
    packet.free();
    frame.free();
  }
  return startUs;
}

/** A frame's channels together, as numbers from -1 to 1, whatever they are stored as. */
class Mixer {
  private readonly libav: Libav;
  private samples = new Float32Array(0);

  constructor(libav: Libav) {
    this.libav = libav;
  }

  /** @returns Samples in memory that is used again. */
  mix(frame: Frame): Float32Array {
    const { nbSamples } = frame;
    if (this.samples.length < nbSamples) this.samples = new Float32Array(nbSamples);
    const samples = this.samples.subarray(0, nbSamples).fill(0);
    eachSample(this.libav, frame, (_, i, value, channels) => {
      samples[i] = (samples[i] as number) + value / channels;
    });
    return samples;
  }
}

async function readWithFfmpeg(
  command: string,
  file: string,
  { listen, signal }: Listening,
): Promise<SoundKind | undefined> {
  const { startUs, sound } = await readContainer(file, 'ffmpeg');
  if (sound === undefined) return undefined;
  const args = ['-hide_banner', '-nostdin', '-loglevel', 'error', ...ownContent(file), '-map', '0:a:0'];
  // Silence stands where the sound begins later than the file, or is interrupted: then its first sample is at the
  // file's beginning.
  const filter = ['-af', `aresample=${FFMPEG_RATE}:async=1:first_pts=0`, '-ac', '1', '-f', 'f32le', '-'];
  const child = spawn(command, [...args, ...filter], { stdio: ['ignore', 'pipe', 'ignore'], ...killedBy(signal) });
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('close', (_, killed) => resolve(killed ?? undefined));
  });
  let rest: Buffer = Buffer.alloc(0);
  let count = 0;
  try {
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const whole = bytes.length & ~3;
      const samples = new Float32Array(Uint8Array.from(bytes.subarray(0, whole)).buffer);
      rest = bytes.subarray(whole);
      listen({ rate: FFMPEG_RATE, samples, us: startUs + (count * 1e6) / FFMPEG_RATE });
      count += samples.length;
    }
    const why = await ended;
    signal?.throwIfAborted();
    if (why !== undefined) throw new UsageError(`${file}: its sound can't be read: ffmpeg: ${why}`);
  } finally {
    child.kill();
  }
  return count === 0 ? undefined : { lossy: !LOSSLESS.test(sound), startUs };
}
