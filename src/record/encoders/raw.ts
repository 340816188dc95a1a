import { type Picture, pictureBytes } from '../../camera/picture.ts';
import type { EncoderOptions, VideoEncoder } from '../encoder.ts';
import { isElementary } from './container.ts';
import { encoderName } from './encoder-name.ts';
import { type Output, openOutput } from './outputs/index.ts';

/** True for planes as they are, without a container: nothing is left to encode. */
export const isRaw = (options: EncoderOptions, container: string | undefined): boolean =>
  encoderName(options) === 'rawvideo' && isElementary(container);

/** Writes the planes of pictures one behind the other, without a header. */
export class RawEncoder implements VideoEncoder {
  readonly #output: Output;
  readonly #bytes: number;

  private constructor(output: Output, bytes: number) {
    this.#output = output;
    this.#bytes = bytes;
  }

  static async open(options: EncoderOptions): Promise<RawEncoder> {
    return new RawEncoder(await openOutput(options), pictureBytes(options.width, options.height));
  }

  write({ data }: Picture): Promise<void> {
    return this.#output.write(data.subarray(0, this.#bytes));
  }

  close(): Promise<void> {
    return this.#output.close();
  }
}
