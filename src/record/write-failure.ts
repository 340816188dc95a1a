import { FailureError } from '../errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on device',
  EDQUOT: 'the quota of the disk is used up',
  EIO: 'the disk reports an error (EIO)',
  EFBIG: 'the file system takes no larger file',
};

/** Why a file can't be written any further, in a few words. */
export const writeReason = ({ code = '', message }: NodeJS.ErrnoException): string => REASONS[code] ?? message;

/** What ends a recording whose file can't be written any further: one line that names it. */
export const writeFailure = (file: string, cause: unknown): FailureError =>
  new FailureError(`${file}: recording stopped: ${writeReason(cause as NodeJS.ErrnoException)}`, { cause });
