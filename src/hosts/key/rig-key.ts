import { hkdfSync, randomBytes } from 'node:crypto';

/** Of a rig's key, and of those that are derived from it: 256 bits. */
export const KEY_BYTES = 32;
/** Keys of a rig are counted from 1, in two bytes. */
export const MOST_EPOCH = 0xffff;

/** What derived keys are for: one of them tells nothing of another. */
export type KeyUse = 'control' | 'files' | 'exchange' | 'sync';

/**
 * The secret that makes a host one of its rig. Whoever has it can do what any host of the rig can. It shows itself to
 * nobody who prints it: only `secret()` gives it away.
 */
export class RigKey {
  /** Which of the rig's keys it is: rotating counts on. */
  readonly epoch: number;
  private readonly bytes: Buffer;

  constructor(bytes: Uint8Array, epoch: number) {
    if (bytes.length !== KEY_BYTES) throw new RangeError(`a key has ${KEY_BYTES} bytes`);
    if (!Number.isInteger(epoch) || epoch < 1 || epoch > MOST_EPOCH) throw new RangeError('no epoch of a key');
    this.epoch = epoch;
    // Not enumerable: what walks an object's fields does not come by it.
    this.bytes = Buffer.from(bytes);
    Object.defineProperty(this, 'bytes', { enumerable: false });
  }

  /** A new one, from the system's source of randomness. */
  static create(epoch = 1): RigKey {
    return new RigKey(randomBytes(KEY_BYTES), epoch);
  }

  /** A further one, which has nothing to do with this one. */
  next(): RigKey {
    return RigKey.create(this.epoch + 1);
  }

  /**
   * A key derived for one use, by HKDF with SHA-256 (RFC 5869).
   * @param of what within the use: a session's id.
   */
  derive(use: KeyUse, of = ''): Buffer {
    const info = `genlock ${use} ${this.epoch} ${of}`;
    return Buffer.from(hkdfSync('sha256', this.bytes, 'genlock rig key', info, KEY_BYTES));
  }

  /** The bytes themselves: for the file of the state folder, and for the line that others join with. */
  secret(): Buffer {
    return Buffer.from(this.bytes);
  }

  toJSON(): string {
    return '[key of a rig]';
  }

  toString(): string {
    return '[key of a rig]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[key of a rig]';
  }
}
