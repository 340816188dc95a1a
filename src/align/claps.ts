import type { SoundPiece } from '../libav/audio.ts';

/** The sound is looked at in pieces of this long, in us. */
const PIECE_US = 500;
/**
 * A clap is louder than the usual piece by this factor (as an amplitude), than silence by this, and than the half
 * second before it.
 */
const TIMES_USUAL = 6;
const LEAST = 0.004;
const TIMES_BEFORE = 3;
const BEFORE = 1000;
/** What is usual is that of so many pieces around. */
const AROUND = 20_000;
/**
 * A clap is at its loudest within so many pieces. It begins where it is this share as loud: what a lossy codec smears
 * before it is less.
 */
const RISE = 20;
const SHARE = 0.4;
/** The next clap may come after this long, in us. */
const APART_US = 200_000;
/**
 * Sound whose own times leave the count of samples by more than this, in us, was interrupted; times that leave it by
 * more than that are wrong.
 */
const GAP_US = 20_000;
const LONGEST_GAP_US = 3.6e9;
/** Sound of more than this, in pieces, is not kept: a day. */
const MOST_PIECES = 200e6;

/** Finds sudden loud sounds in a sound that is handed in piece by piece. It keeps 4 bytes for each half millisecond. */
export class ClapFinder {
  private loud = new Float32Array(1 << 16);
  private pieces = 0;
  private startUs: number | undefined;
  private rate = 0;
  private samples = 0;
  private sum = 0;
  private count = 0;
  private last = 0;

  /** Length of the sound so far, in us. */
  get lengthUs(): number {
    return this.rate === 0 ? 0 : (this.samples * 1e6) / this.rate;
  }

  push({ rate, samples, us }: SoundPiece): void {
    this.startUs ??= us;
    this.rate ||= rate;
    const awayUs = us - this.startUs - (this.samples * 1e6) / this.rate;
    if (awayUs > GAP_US && awayUs < LONGEST_GAP_US) {
      this.samples += Math.round((awayUs * this.rate) / 1e6);
      this.last = samples[0] ?? 0;
    }
    const perPiece = (this.rate * PIECE_US) / 1e6;
    for (const sample of samples) {
      // What changes from sample to sample: a clap has it, hum and wind have little.
      const change = sample - this.last;
      this.last = sample;
      const piece = Math.floor(this.samples++ / perPiece);
      if (piece >= this.pieces) this.next(piece);
      this.sum += change * change;
      this.count++;
    }
  }

  /** Times at which the sounds begin, in us of presentation time. */
  found(): number[] {
    const loud = this.loud.subarray(0, this.pieces);
    const startUs = this.startUs ?? 0;
    const before = new LoudestBefore(loud);
    const found: number[] = [];
    let least = 0;
    let next = 0;
    for (let i = 0; i < loud.length; i++) {
      if (i % AROUND === 0) least = Math.max(LEAST, TIMES_USUAL * usual(loud.subarray(i, i + AROUND)));
      const value = loud[i] as number;
      const earlier = before.next();
      if (i < next || value < least || value < TIMES_BEFORE * earlier) continue;
      let peak = i;
      for (let k = i; k < Math.min(loud.length, i + RISE); k++)
        if ((loud[k] as number) > (loud[peak] as number)) peak = k;
      const level = SHARE * (loud[peak] as number);
      // A clap that begins in what is left of another stands out late.
      let onset = Math.max(0, i - RISE);
      while ((loud[onset] as number) < level) onset++;
      const [below, above] = [loud[onset - 1] ?? 0, loud[onset] as number];
      // A piece's loudness is that of its middle; the level is passed between two.
      const passed = below < level && above > below ? (level - below) / (above - below) : 1;
      found.push(startUs + (onset - 0.5 + passed) * PIECE_US);
      next = onset + APART_US / PIECE_US;
    }
    return found;
  }

  private next(piece: number): void {
    if (this.count > 0) this.loud[this.pieces - 1] = Math.sqrt(this.sum / this.count);
    [this.sum, this.count] = [0, 0];
    const pieces = Math.min(piece + 1, MOST_PIECES);
    if (pieces > this.loud.length) {
      const more = new Float32Array(Math.max(pieces, Math.min(MOST_PIECES, this.loud.length * 2)));
      more.set(this.loud.subarray(0, this.pieces));
      this.loud = more;
    }
    this.pieces = pieces;
  }
}

/** For each piece, one after the other, the loudest of the half second before it, without the last 10 ms. */
class LoudestBefore {
  private readonly loud: Float32Array;
  /** A ring of pieces that nothing later in the window is louder than. */
  private readonly queue = new Int32Array(BEFORE);
  private at = 0;
  private head = 0;
  private tail = 0;

  constructor(loud: Float32Array) {
    this.loud = loud;
  }

  next(): number {
    const at = this.at++;
    const entering = at - RISE - 1;
    if (this.tail > this.head && this.piece(this.head) < at - BEFORE) this.head++;
    if (entering < 0) return 0;
    const loudness = this.loud[entering] as number;
    while (this.tail > this.head && (this.loud[this.piece(this.tail - 1)] as number) <= loudness) this.tail--;
    this.queue[this.tail++ % BEFORE] = entering;
    return this.loud[this.piece(this.head)] as number;
  }

  private piece(place: number): number {
    return this.queue[place % BEFORE] as number;
  }
}

/** The median. */
function usual(loud: Float32Array): number {
  const sorted = loud.slice().sort();
  return sorted[sorted.length >> 1] ?? 0;
}
