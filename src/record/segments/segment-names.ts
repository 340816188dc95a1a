import { format, parse } from 'node:path';
import type { NamedSegment, NamePattern } from './name-pattern.ts';

/**
 * Gives each segment of one recording its file name. No segment takes the name of an earlier one, unless `wrap` says
 * so: where a pattern names two alike (two in one second), the later gets its number before the ending, and so do all
 * but the first where the name holds no pattern.
 */
export class SegmentNames {
  readonly pattern: NamePattern;
  private readonly wrap: number;
  /** Who has a name: the segment's number, or the counter's value where that wraps. */
  private readonly owners = new Map<string, number>();

  /** @param wrap The counter starts again from 0 there, and files are written anew; 0 counts on. */
  constructor(pattern: NamePattern, wrap = 0) {
    this.pattern = pattern;
    this.wrap = wrap;
  }

  /** The same segment always has the same name, until it is given back. */
  name(segment: NamedSegment): string {
    const { pattern } = this;
    const count = this.wrap > 0 ? segment.number % this.wrap : segment.number;
    const owner = pattern.counts || !pattern.varies ? count : segment.number;
    const plain = pattern.name({ ...segment, number: count });
    let name = pattern.varies || count === 0 ? plain : numbered(plain, count);
    for (let number = owner; (this.owners.get(name) ?? owner) !== owner; number++) name = numbered(plain, number);
    this.owners.set(name, owner);
    return name;
  }

  /** Gives a name back that nothing was written under. */
  release(segment: NamedSegment): void {
    const name = this.name(segment);
    if (this.wrap === 0) this.owners.delete(name);
  }
}

function numbered(file: string, number: number): string {
  const { root, dir, name, ext } = parse(file);
  return format({ root, dir, name: `${name}-${number}`, ext });
}
