import { loadKoffi } from './koffi.ts';

/**
 * Ends this process with an exit code, whatever it still waits for: an ordinary exit waits for calls to a file system
 * that hangs.
 */
export function exitNow(code: number): never {
  const koffi = process.platform === 'win32' ? undefined : loadKoffi();
  koffi?.load(null).func('void _exit(int)')(code);
  return process.exit(code);
}
