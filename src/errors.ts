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

/** Does one thing behind the other, each whatever became of the ones before. @throws the first that went wrong, when all are done. */
export async function inOrder(...works: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const work of works) {
    try {
      await work();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
