import type { Output } from './outputs/index.ts';

/** FFmpeg's AVSEEK_FORCE and AVSEEK_SIZE (libavformat/avio.h); SEEK_CUR and SEEK_END are stdio's. */
const [FORCE, SIZE, FROM_HERE, FROM_END] = [0x20000, 0x10000, 1, 2];

/**
 * What a muxer writes, kept in memory until an output takes it. A muxer may go back and change what it wrote; what the output has by then is
 * changed last, when all that is new is with it.
 */
export class MuxerBytes {
  #pieces: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  /** Where the muxer is, where its file ends, and where that of the output does. */
  #at = 0;
  #end = 0;
  #handed = 0;

  /** @param bytes Copied. */
  write(bytes: Uint8Array): number {
    this.#pieces.push({ at: this.#at, bytes: new Uint8Array(bytes) });
    this.#at += bytes.length;
    this.#end = Math.max(this.#end, this.#at);
    return bytes.length;
  }

  /** @returns where the muxer is then; for AVSEEK_SIZE the bytes so far. */
  seek(offset: bigint, whence: number): bigint {
    const from = whence & ~FORCE;
    if (from === SIZE) return BigInt(this.#end);
    this.#at = Number(offset) + (from === FROM_HERE ? this.#at : from === FROM_END ? this.#end : 0);
    return BigInt(this.#at);
  }

  /** Hands everything over, what is new as one write. Rejects as the output does. */
  async handOver(output: Output): Promise<void> {
    const [pieces, from] = [this.#pieces, this.#handed];
    this.#pieces = [];
    this.#handed = this.#end;
    const fresh = Buffer.alloc(this.#end - from);
    const rewritten: typeof pieces = [];
    for (const { at, bytes } of pieces) {
      const old = Math.min(bytes.length, Math.max(0, from - at));
      if (old > 0) rewritten.push({ at, bytes: bytes.subarray(0, old) });
      fresh.set(bytes.subarray(old), Math.max(0, at - from));
    }
    if (fresh.length > 0) await output.write(fresh);
    for (const { at, bytes } of rewritten) await output.rewrite?.(bytes, at);
  }
}
