/** Where the bytes of a stream go. */
export interface Output {
  /** Resolves when the bytes have been taken over; one call at a time. Rejects with a FailureError that names the output. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when everything written is on its way. */
  close(): Promise<void>;
}
