/** Makes a cell look as it is to, padded as it is already. */
type PaintCell = (padded: string, row: number, column: number) => string;

/** Columns two spaces apart; the first `words` of them to the left, numbers to the right. */
export function table(rows: readonly (readonly string[])[], words = 1, paint: PaintCell = (padded) => padded): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row, y) =>
      row
        .map((cell, column) =>
          paint(column < words ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0), y, column),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Microseconds as people read them: `+12.3 us`, `-1.20 ms`; `-` for what is not known. */
export function microseconds(us: number | null | undefined, signed = false): string {
  if (us === null || us === undefined) return '-';
  const sign = signed && us >= 0 ? '+' : '';
  return Math.abs(us) < 10_000 ? `${sign}${us.toFixed(1)} us` : `${sign}${(us / 1000).toFixed(2)} ms`;
}
