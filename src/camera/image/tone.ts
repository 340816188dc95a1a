/**
 * From a level to a level, 0 (black) to 1 (white), as pictures are coded: with the transfer function (gamma) applied.
 */
export type Curve = (level: number) => number;

/**
 * Brightness and contrast as libcamera's Raspberry Pi pipeline has them: on the coded levels, (level - 1/2) contrast +
 * 1/2 + brightness, cut to 0 .. 1, for red, green and blue alike. So brightness -1 is black and 1 white, and contrast
 * turns around mid grey.
 */
export const toneCurve =
  (brightness: number, contrast: number): Curve =>
  (level) =>
    Math.min(1, Math.max(0, (level - 0.5) * contrast + 0.5 + brightness));

/** Coded levels are about light to the power of 1 / this (the exponent that players take for BT.601 and BT.709). */
const GAMMA = 2.2;

/**
 * A colour gain: so many times the light. On coded levels that is the factor gain^(1/2.2), which a power curve has all
 * along; a channel that reaches white stays there.
 */
export const gainCurve = (gain: number): Curve => {
  const factor = gain ** (1 / GAMMA);
  return (level) => Math.min(1, level * factor);
};

/** First one curve, then the other. */
export const chain =
  (first: Curve, second: Curve): Curve =>
  (level) =>
    second(first(level));
