/** Bits of the step count. */
export const STEP_BITS = 28;
/** Bits of the checksum behind it. */
const CHECK_BITS = 16;
export const CODE_BITS = STEP_BITS + CHECK_BITS;

/** Step counts wrap at this. */
export const STEPS = 2 ** STEP_BITS;

/**
 * The bits of a step count as the panel shows them: its Gray code, then the checksum, each most significant bit first.
 */
export function encodeStep(step: number): Uint8Array {
  const count = ((step % STEPS) + STEPS) % STEPS;
  const bits = new Uint8Array(CODE_BITS);
  const gray = count ^ (count >>> 1);
  writeBits(bits, 0, STEP_BITS, gray);
  writeBits(bits, STEP_BITS, CHECK_BITS, checksum(bits));
  return bits;
}

/** The step count in the first `STEP_BITS` bits; the checksum is not looked at. */
export function decodeStep(bits: Uint8Array): number {
  let step = 0;
  let bit = 0;
  for (let i = 0; i < STEP_BITS; i++) {
    bit ^= bits[i] as number;
    step = step * 2 + bit;
  }
  return step;
}

/**
 * CRC-16/IBM-3740 (polynomial 0x1021, start value 0xffff, no reflection, no final exclusive or) over the `STEP_BITS`
 * bits of the Gray code, bit by bit, first bit first.
 */
function checksum(bits: Uint8Array): number {
  let crc = 0xffff;
  for (let i = 0; i < STEP_BITS; i++) {
    const feedback = ((crc >>> 15) ^ (bits[i] as number)) & 1;
    crc = ((crc << 1) ^ (feedback * 0x1021)) & 0xffff;
  }
  return crc;
}

function writeBits(bits: Uint8Array, at: number, count: number, value: number): void {
  for (let i = 0; i < count; i++) bits[at + i] = (value >>> (count - 1 - i)) & 1;
}
