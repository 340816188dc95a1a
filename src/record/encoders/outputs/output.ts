/** Where the bytes of a stream go. */
export interface Output {
  /** Resolves when the bytes have been taken over; one call at a time. Rejects with a FailureError that names the output. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Where bytes that are written already can be replaced: a file. What was written before this call is on the disk before the first of them
   * changes, so that whatever happens in between leaves a file that fits together.
   * @param at Where they begin, bytes from the file's beginning. All lie within what is written.
   */
  rewrite?(bytes: Uint8Array, at: number): Promise<void>;
  /** Resolves when everything written is on its way; for a file, on the disk. */
  close(): Promise<void>;
}
