import { FailureError } from '../errors.ts';

/**
 * What the system's errors mean to whoever named a file or a folder; what is not here is told in the system's words.
 */
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on device',
  EDQUOT: 'the quota of the disk is used up',
  EIO: 'the disk reports an error (EIO)',
  EFBIG: 'the file system takes no larger file',
  EROFS: 'the file system is read-only',
  EACCES: 'no permission',
  EPERM: 'no permission',
  ENOENT: 'the folder above it does not exist, or can hold no such name',
  ENOTDIR: 'something above it is no folder',
  EISDIR: 'it is a folder',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'symbolic links lead round in a circle',
  EMFILE: 'this process can open no more files (ulimit -n)',
  ENFILE: 'the system can open no more files',
  EBUSY: 'it is in use',
  EXDEV: 'it is on another disk',
  ETXTBSY: 'it is a program that runs',
  ENXIO: 'there is nothing behind it',
  ENODEV: 'there is nothing behind it',
  EINVAL: 'the file system takes no such name',
  ESTALE: 'the network drive is gone',
  ETIMEDOUT: 'the network drive does not answer',
  EHOSTDOWN: 'the network drive does not answer',
  ENOTCONN: 'what provides the file system is gone',
};

/** Why a file or a folder can't be opened, made or written, in a few words. */
export const writeReason = ({ code = '', message }: NodeJS.ErrnoException): string => REASONS[code] ?? message;

/** What ends a recording whose file can't be written any further: one line that names it. */
export const writeFailure = (file: string, cause: unknown): FailureError =>
  new FailureError(`${file}: recording stopped: ${writeReason(cause as NodeJS.ErrnoException)}`, { cause });
