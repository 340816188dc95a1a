/**
 * Something the user gave can't be used: a flag, a file, a device, a port. The message is one line that names it and says what would be
 * right. The command line prints it and exits with code 2.
 */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Something failed while working: a camera, an encoder, a disk. One line; exit code 1. */
export class FailureError extends Error {
  override name = 'FailureError';
}
