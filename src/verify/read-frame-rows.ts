import { readLines } from '../regular-file.ts';

/** How rows are read. */
export interface ReadRowsOptions {
  /** Told of the columns that the file has, before its first row: who throws there ends the reading. */
  readonly onColumns?: (columns: readonly string[]) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The rows of a `frames.csv`, in each the fields of these columns, in their order; undefined where a row, or the file,
 * has none. Columns are told by the file's own header.
 * @throws UsageError where it is no file of text.
 */
export async function* readFrameRows(
  file: string,
  columns: readonly string[],
  { onColumns, signal }: ReadRowsOptions = {},
): AsyncGenerator<readonly (string | undefined)[]> {
  let places: readonly number[] | undefined;
  for await (const line of readLines(file)) {
    signal?.throwIfAborted();
    const fields = line.trim().split(',');
    if (places !== undefined) {
      if (fields.length > 1 || fields[0] !== '') yield places.map((place) => fields[place]);
      continue;
    }
    places = columns.map((name) => fields.indexOf(name));
    onColumns?.(fields);
  }
}
