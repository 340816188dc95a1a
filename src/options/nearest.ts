/** Names that can still be meant: at most this many letters put in, left out, changed or swapped. */
const SLIPS = 2;

/** The name that is nearest to `text`; undefined where none is near. */
export function nearestName(text: string, names: readonly string[]): string | undefined {
  const near = names
    .map((name) => ({ name, slips: distance(text, name) }))
    .filter(({ name, slips }) => slips <= Math.min(SLIPS, Math.floor(name.length / 2)));
  return near.sort((a, b) => a.slips - b.slips)[0]?.name;
}

/** Edit distance with swaps of neighbours (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same, swapped));
    }
  }
  return at(a.length, b.length);
}
