import type { Packet } from 'node-av/lib';
import { type Picture, pictureBytes } from '../../camera/picture.ts';
import type { EncoderOptions, VideoEncoder } from '../encoder.ts';
import { isElementary } from './container.ts';
import { encoderName } from './encoder-name.ts';
import type { PacketTarget } from './node-av-target.ts';
import { openOutput } from './outputs/index.ts';
import type { Output } from './outputs/output.ts';

const DELIMITER = 9;
const SPS = 7;
/** An access unit delimiter that allows every kind of slice (ITU-T H.264, 7.3.2.4). */
const DELIMITER_UNIT = Uint8Array.of(0, 0, 0, 1, DELIMITER, 0xf0);

/** The packets' bytes one behind the other, without a container. */
export class ElementaryTarget implements PacketTarget {
  private readonly output: Output;
  private readonly complete: (packet: Packet) => Uint8Array;

  /**
   * @param headers Of H.264, which then gets a delimiter at each access unit, and these headers at each keyframe that
   *   has none.
   */
  constructor(output: Output, headers?: Uint8Array) {
    this.output = output;
    this.complete = headers
      ? ({ data, isKeyframe }) => completeUnit(data ?? new Uint8Array(0), isKeyframe ? headers : undefined)
      : ({ data }) => data ?? new Uint8Array(0);
  }

  write(packet: Packet): Promise<void> {
    return this.output.write(this.complete(packet));
  }

  async close(finish: boolean): Promise<void> {
    const closed = this.output.close();
    await (finish ? closed : closed.catch(() => {}));
  }
}

/**
 * An access unit in Annex B with a delimiter before it, unless it has one.
 * @param headers Parameter sets that a keyframe needs, put in unless it has them.
 */
export function completeUnit(unit: Uint8Array, headers?: Uint8Array): Uint8Array {
  const first = unit.indexOf(1);
  const type = (unit[first + 1] ?? 0) & 0x1f;
  const delimited = type === DELIMITER;
  const begin = delimited ? first + 3 : 0;
  const next = delimited ? (unit[unit.indexOf(1, begin) + 1] ?? 0) & 0x1f : type;
  const missing = headers !== undefined && next !== SPS;
  if (delimited && !missing) return unit;
  const delimiter = delimited ? unit.subarray(0, begin) : DELIMITER_UNIT;
  return Buffer.concat([delimiter, ...(missing ? [headers] : []), unit.subarray(begin)]);
}

/** True for planes as they are, without a container: nothing is left to encode. */
export const isRaw = (options: EncoderOptions, container: string | undefined): boolean =>
  encoderName(options) === 'rawvideo' && isElementary(container);

/** Writes the planes of pictures one behind the other, without a header. */
export class RawEncoder implements VideoEncoder {
  private readonly output: Output;
  private readonly bytes: number;

  private constructor(output: Output, bytes: number) {
    this.output = output;
    this.bytes = bytes;
  }

  static async open(options: EncoderOptions): Promise<RawEncoder> {
    return new RawEncoder(await openOutput(options), pictureBytes(options.width, options.height));
  }

  write({ data }: Picture): Promise<void> {
    return this.output.write(data.subarray(0, this.bytes));
  }

  close(): Promise<void> {
    return this.output.close();
  }
}
