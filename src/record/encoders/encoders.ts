import { UsageError } from '../../errors.ts';
import { CODECS, type Encoder, type VideoCodec } from '../encoder.ts';
import { CheckedEncoder } from './checked.ts';
import { chooseBackend } from './ways.ts';

/** An encoder that FFmpeg has. @param backend The way to it, asked for each time. */
const byFfmpeg = (codec: VideoCodec, backend = () => chooseBackend()): Encoder => ({
  name: codec,
  unavailable: async () => {
    try {
      return (await backend()).unavailable();
    } catch (error) {
      return (error as Error).message;
    }
  },
  check: async (options) => (await backend()).check({ ...options, codec }),
  open: async (options) => (await backend()).open({ ...options, codec }),
});

/** Every encoder that there is. `h264` is x264, or the one that `libavCodec` names. */
export const ENCODERS: readonly Encoder[] = CODECS.map((codec) => byFfmpeg(codec));

/** What is asked of `chooseEncoder`. */
export interface EncoderChoice {
  /** The encoder's name. Default: `h264`. */
  readonly name?: string | undefined;
  /** The way to FFmpeg, `node-av` or `ffmpeg`. Default: the first that works. */
  readonly way?: string | undefined;
  /** Encoders of the user's own, which come first; each is held to what `VideoEncoder` says. */
  readonly own?: readonly Encoder[] | undefined;
}

/**
 * The encoder to record with, its way to FFmpeg settled.
 * @throws UsageError where there is none of this name, or that says what is missing here and how to get it.
 */
export async function chooseEncoder({ name = 'h264', way, own = [] }: EncoderChoice = {}): Promise<Encoder> {
  const mine = own.find((each) => each.name === name);
  if (mine !== undefined) {
    const why = await mine.unavailable();
    if (why !== undefined) throw new UsageError(why);
    return checked(mine);
  }
  const codec = CODECS.find((each) => each === name);
  if (codec === undefined) {
    throw new UsageError(`no encoder ${name}; there are ${[...own, ...ENCODERS].map((each) => each.name).join(', ')}`);
  }
  const backend = await chooseBackend(way);
  return { ...byFfmpeg(codec, async () => backend), way: backend.way, faster: backend.faster ?? false };
}

const checked = (encoder: Encoder): Encoder => ({
  name: encoder.name,
  faster: encoder.faster ?? false,
  unavailable: () => encoder.unavailable(),
  check: (options) => encoder.check(options),
  open: async (options) => new CheckedEncoder(await encoder.open(options), options),
});
