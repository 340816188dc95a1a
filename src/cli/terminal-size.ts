/** What of a stream is asked here. */
type Output = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'rows'>;

/**
 * Characters a line of a terminal; undefined where there is none that text can be shown on and taken away again: one
 * without a size, as under some services, or one that knows no such signs.
 */
export function screenColumns({ isTTY, columns, rows }: Output = process.stderr): number | undefined {
  return isTTY === true && columns > 0 && rows > 0 && process.env.TERM !== 'dumb' ? columns : undefined;
}
