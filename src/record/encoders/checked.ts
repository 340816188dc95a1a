import type { Picture } from '../../camera/picture.ts';
import { pictureBytes } from '../../camera/picture.ts';
import { FailureError } from '../../errors.ts';
import type { EncoderOptions, VideoEncoder } from '../encoder.ts';
import type { Capture } from '../true-times.ts';

/**
 * An encoder that holds its callers to the contract: sizes, slots without holes, one call at a time, nothing after
 * `close`.
 */
export class CheckedEncoder implements VideoEncoder {
  private readonly inner: VideoEncoder;
  private readonly options: EncoderOptions;
  private next: number | undefined;
  private busy = false;
  private closing: Promise<void> | undefined;

  constructor(inner: VideoEncoder, options: EncoderOptions) {
    this.inner = inner;
    this.options = options;
  }

  async write(picture: Picture, slot: number, capture?: Capture): Promise<void> {
    const { file, width, height } = this.options;
    if (this.closing) throw new FailureError(`${file}: frame ${slot} came after the file was closed`);
    if (this.busy) throw new FailureError(`${file}: frame ${slot} came before the frame before it was taken`);
    if (picture.width !== width || picture.height !== height || picture.data.length < pictureBytes(width, height)) {
      const size = `${picture.width}x${picture.height}, ${picture.data.length} bytes`;
      throw new FailureError(`${file}: frame ${slot} is ${size}, the file is ${width}x${height}`);
    }
    if (!Number.isSafeInteger(slot) || slot < 0 || slot !== (this.next ?? slot)) {
      throw new FailureError(
        `${file}: frame ${slot} is out of order${this.next === undefined ? '' : `, ${this.next} is next`}`,
      );
    }
    this.busy = true;
    try {
      await this.inner.write(picture, slot, capture);
      this.next = slot + 1;
    } finally {
      this.busy = false;
    }
  }

  goFaster(): boolean {
    return !this.closing && (this.inner.goFaster?.() ?? false);
  }

  close(): Promise<void> {
    this.closing ??= this.inner.close();
    return this.closing;
  }
}
