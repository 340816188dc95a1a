/** What was said counts for so long, in us: several message periods, some of which may be lost. */
const COUNTS_FOR_US = 10e6;
/** How fast two words part is taken from contradictions that are so far apart at least, in us. */
const PARTING_US = 100_000;
/** Two words part at most so fast, as a share: each server's rate is within 0.2 % of the nominal one. */
const FASTEST_PARTING = 4e-3;
/** So many are kept at most: of more, the newest. */
const KEPT = 32;

interface Contradiction {
  readonly us: number;
  readonly atUs: number;
  /** How fast the two words part since: a share. */
  readonly rate: number;
}

/**
 * By how much messages under one server's name contradicted each other lately: who of those that send them is the
 * server is not known. State: those of the last `COUNTS_FOR_US` that no later one exceeds, the largest first.
 */
export class Contradictions {
  private readonly kept: Contradiction[] = [];
  private sinceUs: number | undefined;

  /**
   * Two messages differ by `us`, in us, and by the rates that they tell part from here on by `rate`, a share. Times are
   * of a clock that is never set, in us.
   */
  add(us: number, rate: number, atUs: number): void {
    const { kept } = this;
    if (this.us(atUs) === 0) this.sinceUs = atUs;
    const last = kept.at(-1);
    const agoUs = last === undefined ? 0 : atUs - last.atUs;
    // Two in a row tell how fast they part; until the next one comes they part further.
    const parting = last !== undefined && agoUs >= PARTING_US ? (us - last.us) / agoUs : (last?.rate ?? 0);
    while (kept.length > 0 && (kept.at(-1) as Contradiction).us <= us) kept.pop();
    kept.push({ us, atUs, rate: Math.min(FASTEST_PARTING, Math.max(0, parting, rate)) });
    if (kept.length > KEPT) kept.shift();
  }

  /** What the word that is followed may be off by, by all that was said against it lately, in us. */
  us(nowUs: number): number {
    const { kept } = this;
    while (kept.length > 0 && nowUs - (kept[0] as Contradiction).atUs > COUNTS_FOR_US) kept.shift();
    let most = 0;
    for (let i = 0; i < kept.length; i++) {
      const { us, rate, atUs } = kept[i] as Contradiction;
      most = Math.max(most, us + rate * (nowUs - atUs));
    }
    return most;
  }

  /** All that was said since a moment on is forgotten, where nothing was said before that still counts. */
  forgetSince(fromUs: number): void {
    if (this.sinceUs !== undefined && this.sinceUs >= fromUs) this.kept.length = 0;
  }
}
