import type { AccessUnit } from '../../libav/annex-b.ts';

/** A keyframe and what is decoded with it. */
interface Group {
  readonly position: number;
  readonly units: Uint8Array[];
  bytes: number;
}

/**
 * The end of a stream in memory: at most so many bytes, from a keyframe on. What is too much goes from the front, by
 * whole groups of pictures; the newest group stays whole, also where it alone is more.
 */
export class CircularBuffer {
  readonly #limit: number;
  readonly #groups: Group[] = [];
  #bytes = 0;
  #end: number;

  /** @param position The position of the first unit. */
  constructor(limitBytes: number, position: number) {
    this.#limit = limitBytes;
    this.#end = position;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The position behind the newest unit. */
  get end(): number {
    return this.#end;
  }

  /** Takes the unit of the next position. The first ones up to a keyframe are of no use and not kept. */
  push({ bytes, keyframe }: AccessUnit): void {
    if (keyframe) this.#groups.push({ position: this.#end, units: [], bytes: 0 });
    this.#end++;
    const group = this.#groups.at(-1);
    if (!group) return;
    group.units.push(bytes);
    group.bytes += bytes.length;
    this.#bytes += bytes.length;
    while (this.#bytes > this.#limit && this.#groups.length > 1) this.#bytes -= this.#groups.shift()?.bytes ?? 0;
  }

  /** What is kept of the positions before `end`: the units themselves, which later pushes don't touch. */
  before(end: number): { readonly firstPosition: number; readonly units: readonly Uint8Array[] } {
    const firstPosition = this.#groups[0]?.position ?? this.#end;
    const units = this.#groups.flatMap((group) => group.units).slice(0, Math.max(0, end - firstPosition));
    return { firstPosition, units };
  }
}
