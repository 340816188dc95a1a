import type { FrameRate } from './frame-rate.ts';

/** A part of a frame, exactly: `num / den`, from 0 up to but not 1. */
export interface FramePhase {
  /** A whole number from 0 on. */
  readonly num: number;
  /** A whole number above `num`. */
  readonly den: number;
}

/** Decimals are taken to so many digits. */
const DIGITS = 9;

/**
 * Reads a part of a frame such as `1/4` or `0.25`.
 * @returns undefined where the text is none from 0 up to but not 1.
 */
export function parsePhase(text: string): FramePhase | undefined {
  const [, over, under] = /^(\d{1,9})\/(\d{1,9})$/.exec(text.trim()) ?? [];
  const [, digits] = /^0?(?:\.(\d+))?$/.exec(text.trim()) ?? [];
  const phase =
    over !== undefined
      ? { num: Number(over), den: Number(under) }
      : { num: Number((digits ?? '').slice(0, DIGITS).padEnd(DIGITS, '0')), den: 10 ** DIGITS };
  if (over === undefined && !/^(0|0?\.\d+)$/.test(text.trim())) return undefined;
  return phase.num < phase.den ? phase : undefined;
}

/**
 * Frames at a rate, evenly and without end: frame `number` at (number + phase) / rate. All is reckoned in whole
 * numbers, so that the billionth frame since 1970 lies as exactly as the first (SMPTE ST 2059-1 aligns signals so).
 */
export class RateGrid {
  /** Frame n is at (n x `step` + `shift`) / `unit` us. */
  private readonly step: bigint;
  private readonly shift: bigint;
  private readonly unit: bigint;

  constructor({ num, den }: FrameRate, phase: FramePhase = { num: 0, den: 1 }) {
    this.unit = BigInt(num) * BigInt(phase.den);
    this.step = BigInt(den) * BigInt(phase.den) * 1_000_000n;
    this.shift = BigInt(phase.num) * BigInt(den) * 1_000_000n;
  }

  /** When a frame is, in us, as far as a double carries it. @param number whole. */
  at(number: number): number {
    const units = BigInt(number) * this.step + this.shift;
    const whole = units / this.unit;
    return Number(whole) + Number(units - whole * this.unit) / Number(this.unit);
  }

  /** Number of the last frame that is not later than this, in us. */
  last(us: number): number {
    const whole = Math.floor(us);
    const units = BigInt(whole) * this.unit - this.shift;
    let number = Number(units / this.step);
    // The division is truncated, and a part of a us was left out.
    while (this.at(number) > us) number--;
    while (this.at(number + 1) <= us) number++;
    return number;
  }
}
