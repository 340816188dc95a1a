/**
 * Time is microseconds in a `number`. A double holds microseconds since 1970 with a resolution of 0.25 us until
 * the year 2106; nanoseconds since 1970 do not fit, so they exist only as `bigint` at the edges that speak them.
 *
 * A point in time carries its time scale in its type, so that a boot time can't be handed to what wants a wall time.
 * A duration is a plain `number`, named `...Us`.
 */
declare const scale: unique symbol;

/** Microseconds since 1970-01-01 UTC on a host's wall clock. Steps and slews with that clock. */
export type WallUs = number & { readonly [scale]: 'wall' };

/** Microseconds since boot, suspend included (CLOCK_BOOTTIME): the scale of sensor timestamps. Never steps. */
export type BootUs = number & { readonly [scale]: 'boot' };

/** Microseconds on CLOCK_MONOTONIC of this machine: the scale that the pixel clock shows. Never steps. */
export type MonoUs = number & { readonly [scale]: 'mono' };

/** Says that a number of us is of a wall clock. */
export const wallUs = (us: number): WallUs => us as WallUs;
/** Says that a number of us is of a boot clock. */
export const bootUs = (us: number): BootUs => us as BootUs;
/** Says that a number of us is of CLOCK_MONOTONIC. */
export const monoUs = (us: number): MonoUs => us as MonoUs;

/** Nanoseconds to microseconds, truncated towards zero: what the stock algorithm does with a frame's wall clock. */
export const nsToWholeUs = (ns: bigint): number => Number(ns / 1000n);

/** Nanoseconds to microseconds with the fraction kept, as far as a double carries it. */
export const nsToUs = (ns: bigint): number => Number(ns / 1000n) + Number(ns % 1000n) / 1000;

/** Microseconds to nanoseconds, rounded to the nearest. */
export const usToNs = (us: number): bigint => {
  const whole = Math.floor(us);
  return BigInt(whole) * 1000n + BigInt(Math.round((us - whole) * 1000));
};
