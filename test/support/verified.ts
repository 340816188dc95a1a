import type { Report } from '../../src/verify/alignment.ts';
import { type Answer, inProcess } from './in-process.ts';

/** What `verify --json` says, and its exit code. */
export type Verified = Report & { readonly code: Answer['code'] };

/**
 * What `verify --json` says of a take, or of files: in this process, where it is loaded once for all that a test file
 * has recorded.
 */
export async function verified(...args: string[]): Promise<Verified> {
  const { code, stdout, stderr } = await inProcess(['verify', '--json', ...args]);
  if (stdout === '') throw new Error(stderr);
  return { ...(JSON.parse(stdout) as Report), code };
}
