import { describe, expect } from 'vitest';
import { openVideo } from '../../src/libav/decode.ts';
import { requireLibav } from '../../src/libav/load.ts';
import type { EncoderBackend, EncoderOptions } from '../../src/record/encoder.ts';
import { encoderBackends } from '../../src/record/encoders/ways.ts';
import { readMark, testPicture } from './pictures.ts';

/** GENLOCK_REQUIRE_ENCODERS=1 (in CI) turns the skip of a backend that is missing here into a failure. */
const required = process.env.GENLOCK_REQUIRE_ENCODERS === '1';
const missing = await Promise.all(encoderBackends.map((backend) => (required ? undefined : backend.unavailable())));

/** Runs a suite over all backends; a skip is named and says why. */
export function eachBackend(suite: (backend: EncoderBackend) => void): void {
  for (const [i, backend] of encoderBackends.entries()) {
    const why = missing[i];
    const title = why === undefined ? `encoder ${backend.name}` : `encoder ${backend.name} (skipped: ${why})`;
    describe.skipIf(why !== undefined)(title, () => suite(backend));
  }
}

/** Writes test pictures of so many slots from a first one on. */
export async function writeFrames(
  backend: EncoderBackend,
  given: EncoderOptions,
  first: number,
  count: number,
): Promise<void> {
  const encoder = await backend.open(given);
  for (let slot = first; slot < first + count; slot++) {
    await encoder.write(testPicture(slot, given.width, given.height), slot);
  }
  await encoder.close();
}

export interface Decoded {
  readonly frameRate: { num: number; den: number } | undefined;
  readonly frames: { ptsUs: number; mark: number }[];
}

/** What a file shows. */
export async function decoded(file: string): Promise<Decoded> {
  const video = await openVideo(file);
  const frames: Decoded['frames'] = [];
  try {
    for await (const { ptsUs, luma } of video.frames()) frames.push({ ptsUs, mark: readMark(luma) });
    return { frameRate: video.frameRate, frames };
  } finally {
    await video.close();
  }
}

/** The container's view of a file: its packets as they are. */
export async function packets(file: string) {
  const libav = await requireLibav();
  const input = new libav.FormatContext();
  expect(await input.openInput(file)).toBe(0);
  await input.findStreamInfo();
  // A timecode track has a packet of its own.
  const stream = input.streams.find(({ codecpar }) => codecpar.codecType === libav.constants.AVMEDIA_TYPE_VIDEO);
  if (!stream) throw new Error('no stream');
  const list: { pts: bigint; dts: bigint; key: boolean; data: Buffer }[] = [];
  const packet = new libav.Packet();
  packet.alloc();
  while ((await input.readFrame(packet)) >= 0) {
    if (packet.streamIndex === stream.index)
      list.push({ pts: packet.pts, dts: packet.dts, key: packet.isKeyframe, data: Buffer.from(packet.data ?? []) });
    packet.unref();
  }
  const { num, den } = stream.timeBase;
  const rate = { num: stream.avgFrameRate.num, den: stream.avgFrameRate.den };
  const durationUs = (Number(stream.duration) * num * 1e6) / den;
  const frames = Number(stream.nbFrames);
  const pixelFormat = stream.codecpar.format;
  packet.free();
  await input.closeInput();
  return { list, stream: { durationUs, rate, frames, pixelFormat } };
}
