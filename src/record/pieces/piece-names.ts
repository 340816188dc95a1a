import { format, parse } from 'node:path';
import type { NamedPiece, NamePattern } from './name-pattern.ts';

/**
 * Gives each piece of one recording its file name. No piece takes the name of an earlier one, unless `wrap` says so:
 * where a pattern names two alike (two in one second), the later gets its number before the ending, and so do all but
 * the first where the name holds no pattern.
 */
export class PieceNames {
  readonly pattern: NamePattern;
  readonly #wrap: number;
  /** Who has a name: the piece's number, or the counter's value where that wraps. */
  readonly #owners = new Map<string, number>();

  /** @param wrap The counter starts again from 0 there, and files are written anew; 0 counts on. */
  constructor(pattern: NamePattern, wrap = 0) {
    this.pattern = pattern;
    this.#wrap = wrap;
  }

  /** The same piece always has the same name, until it is given back. */
  name(piece: NamedPiece): string {
    const { pattern } = this;
    const count = this.#wrap > 0 ? piece.number % this.#wrap : piece.number;
    const owner = pattern.counts || !pattern.varies ? count : piece.number;
    const plain = pattern.name({ ...piece, number: count });
    let name = pattern.varies || count === 0 ? plain : numbered(plain, count);
    for (let number = owner; (this.#owners.get(name) ?? owner) !== owner; number++) name = numbered(plain, number);
    this.#owners.set(name, owner);
    return name;
  }

  /** Gives a name back that nothing was written under. */
  release(piece: NamedPiece): void {
    const name = this.name(piece);
    if (this.#wrap === 0) this.#owners.delete(name);
  }
}

function numbered(file: string, number: number): string {
  const { root, dir, name, ext } = parse(file);
  return format({ root, dir, name: `${name}-${number}`, ext });
}
