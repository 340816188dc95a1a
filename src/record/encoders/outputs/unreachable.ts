import { OptionError } from '../../../errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED:
    'connection refused: nothing listens there (start the reader first, or wait for one here with {listen})',
  ENOTFOUND: 'unknown host',
  EAI_AGAIN: 'unknown host: the name service does not answer',
  EADDRINUSE: 'the port is in use',
  EADDRNOTAVAIL: 'no address of this machine',
  EACCES: 'no permission',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'the host can not be reached',
  ENETUNREACH: 'the network can not be reached',
};

/** One line that says why an address can't be had. */
export function unreachable(file: string, cause: NodeJS.ErrnoException): OptionError {
  return new OptionError('output', file, REASONS[cause.code ?? ''] ?? (cause.message || cause.code || 'failed'), {
    cause,
  });
}
