import type { Picture } from '../picture.ts';

/**
 * Makes colours stronger or paler: U and V, counted from 128, times a factor; 0 is grey. Cut to limited range (16 to
 * 240).
 */
export class Saturation {
  private readonly table: Uint8Array;

  constructor(factor: number) {
    this.table = Uint8Array.from({ length: 256 }, (_, level) =>
      Math.min(240, Math.max(16, Math.round(128 + (level - 128) * factor))),
    );
  }

  /** `to` may be the data of `from`; luma is not touched. */
  apply({ width, height, data }: Picture, to: Uint8Array): void {
    const table = this.table;
    for (let i = width * height; i < data.length; i++) to[i] = table[data[i] as number] as number;
  }
}
