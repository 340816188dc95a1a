/**
 * A u64 as a number, rounded to the nearest one beyond 2^53; little-endian. Without the bigint on the way, which costs
 * more than all else of a message.
 */
export const u64 = (view: DataView, at: number): number =>
  view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);

/** The same of an i64. */
export const i64 = (view: DataView, at: number): number =>
  view.getInt32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
