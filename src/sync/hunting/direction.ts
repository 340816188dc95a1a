/** Values folded into a period, as directions. */
export interface Direction {
  /** Their mean, between minus half a period and half of one. */
  readonly at: number;
  /** 1 where all are the same, near 0 where they are anywhere. */
  readonly resultant: number;
}

/** The mean direction of values (Mardia and Jupp, Directional Statistics, 2.2). */
export function directionOf(values: readonly number[], period: number): Direction {
  let [x, y] = [0, 0];
  for (const value of values) {
    const angle = (2 * Math.PI * value) / period;
    x += Math.cos(angle);
    y += Math.sin(angle);
  }
  const count = Math.max(1, values.length);
  return { at: (Math.atan2(y, x) * period) / (2 * Math.PI), resultant: Math.hypot(x, y) / count };
}

/** A value folded into a period, nearest to 0. */
export const folded = (value: number, period: number): number => value - period * Math.round(value / period);
