import { residentMb } from './rig.ts';

/**
 * It may grow by so much from the second quarter of the time to the last: a share, and MB for what a collector leaves
 * lying about.
 */
const SHARE = 0.1;
const SLACK_MB = 24;

/** Resident memory of processes over time. */
export class Memory {
  private readonly watched: { readonly name: string; readonly pid: number | undefined; readonly mb: number[] }[];

  constructor(watched: readonly (readonly [name: string, pid: number | undefined])[]) {
    this.watched = watched.map(([name, pid]) => ({ name, pid, mb: [] }));
  }

  look(): void {
    for (const { pid, mb } of this.watched) {
      const now = residentMb(pid);
      if (now !== undefined) mb.push(now);
    }
  }

  /** How many of the processes grew by more than they may. */
  get grown(): number {
    return this.watched.filter(({ mb }) => !isFlat(mb)).length;
  }

  lines(): string[] {
    return this.watched.map(({ name, mb }) => {
      const [early, late] = quarters(mb);
      const verdict = isFlat(mb) ? 'flat' : 'BROKEN: it grew';
      return `memory of ${name}: ${early.toFixed(0)} MB in the second quarter, ${late.toFixed(0)} MB in the last: ${verdict}`;
    });
  }
}

function isFlat(mb: readonly number[]): boolean {
  const [early, late] = quarters(mb);
  return late <= early * (1 + SHARE) + SLACK_MB;
}

/** Medians of the second and the last quarter. */
function quarters(mb: readonly number[]): [number, number] {
  const at = (share: number): number => Math.floor(mb.length * share);
  return [median(mb.slice(at(0.25), at(0.5))), median(mb.slice(at(0.75)))];
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
