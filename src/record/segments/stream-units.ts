import { type AccessUnit, AnnexBSplitter } from '../../libav/annex-b.ts';
import type { EncoderOptions } from '../encoder.ts';

/** Cuts a stream, handed in by pieces of any size, into a unit a picture. */
export interface UnitSplitter {
  push(bytes: Uint8Array): AccessUnit[];
  /** The stream is over. */
  end(): AccessUnit[];
}

/** For the stream that an encoder with these options gives its sink. */
export function unitSplitter(options: Pick<EncoderOptions, 'codec' | 'width' | 'height'>): UnitSplitter {
  const { codec, width, height } = options;
  if (codec === 'mjpeg') return new PictureSplitter(endOfImage);
  if (codec === 'yuv420') {
    const size = (width * height * 3) / 2;
    return new PictureSplitter((next, held) => (held + next.length < size ? -1 : size - held));
  }
  return new AnnexBSplitter();
}

/**
 * Where the picture ends in the bytes that come next, or -1.
 * @param held How many of its bytes came before; `last` is the last of them.
 */
type EndOf = (next: Buffer, held: number, last: number | undefined) => number;

/**
 * A JPEG picture ends with the bytes 255, 217 (ITU-T T.81, B.1.1.3). Coded data puts 0 behind each 255 of its own, and
 * the tables that encoders write hold no such pair.
 */
const endOfImage: EndOf = (next, _, last) => {
  if (last === 0xff && next[0] === 0xd9) return 1;
  const at = next.indexOf(END_OF_IMAGE);
  return at < 0 ? -1 : at + 2;
};
const END_OF_IMAGE = Buffer.from([0xff, 0xd9]);

/** For pictures that each stand alone. */
class PictureSplitter {
  private readonly endOf: EndOf;
  private parts: Buffer[] = [];
  private held = 0;

  constructor(endOf: EndOf) {
    this.endOf = endOf;
  }

  push(bytes: Uint8Array): AccessUnit[] {
    const units: AccessUnit[] = [];
    let rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (;;) {
      const end = rest.length === 0 ? -1 : this.endOf(rest, this.held, this.parts.at(-1)?.at(-1));
      if (end < 0) break;
      units.push({ bytes: Buffer.concat([...this.parts, rest.subarray(0, end)]), keyframe: true });
      this.parts = [];
      this.held = 0;
      rest = rest.subarray(end);
    }
    if (rest.length > 0) this.parts.push(Buffer.from(rest));
    this.held += rest.length;
    return units;
  }

  /** Half a picture is none. */
  end(): AccessUnit[] {
    return [];
  }
}
