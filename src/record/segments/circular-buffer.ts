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
  private readonly limit: number;
  private readonly groups: Group[] = [];
  private heldBytes = 0;
  private endPosition: number;

  /** @param position The position of the first unit. */
  constructor(limitBytes: number, position: number) {
    this.limit = limitBytes;
    this.endPosition = position;
  }

  get bytes(): number {
    return this.heldBytes;
  }

  /** The position behind the newest unit. */
  get end(): number {
    return this.endPosition;
  }

  /** Takes the unit of the next position. The first ones up to a keyframe are of no use and not kept. */
  push({ bytes, keyframe }: AccessUnit): void {
    if (keyframe) this.groups.push({ position: this.endPosition, units: [], bytes: 0 });
    this.endPosition++;
    const group = this.groups.at(-1);
    if (!group) return;
    group.units.push(bytes);
    group.bytes += bytes.length;
    this.heldBytes += bytes.length;
    while (this.heldBytes > this.limit && this.groups.length > 1) this.heldBytes -= this.groups.shift()?.bytes ?? 0;
  }

  /** What is kept of the positions before `end`: the units themselves, which later pushes don't touch. */
  before(end: number): { readonly firstPosition: number; readonly units: readonly Uint8Array[] } {
    const firstPosition = this.groups[0]?.position ?? this.endPosition;
    const units = this.groups.flatMap((group) => group.units).slice(0, Math.max(0, end - firstPosition));
    return { firstPosition, units };
  }
}
