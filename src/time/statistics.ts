/** What a set of offsets amounts to, all in the unit of the values. */
export interface Summary {
  /** How many values there are. */
  readonly count: number;
  /** Signed. */
  readonly mean: number;
  /** Root mean square about 0. */
  readonly rms: number;
  /** 99th percentile and largest of the absolute values. */
  readonly p99: number;
  /** The largest, by its size. */
  readonly max: number;
}

/** Sums values up. @returns undefined for no values: nothing measured is not zero. */
export function summarise(values: readonly number[]): Summary | undefined {
  if (values.length === 0) return undefined;
  const sizes = values.map(Math.abs).sort((a, b) => a - b);
  const sum = values.reduce((a, b) => a + b, 0);
  const squares = values.reduce((a, b) => a + b * b, 0);
  return {
    count: values.length,
    mean: sum / values.length,
    rms: Math.sqrt(squares / values.length),
    p99: sizes[Math.ceil(sizes.length * 0.99) - 1] as number,
    max: sizes.at(-1) as number,
  };
}

/** The middle one of the values in order, the upper of two; undefined for no values. */
export const median = (values: readonly number[]): number | undefined =>
  [...values].sort((a, b) => a - b)[values.length >> 1];
