import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freshPort, genlock, inFolder, LENIENT, lockedInAll, SMALL } from '../support/genlock.ts';

/** What says that another take was heard. */
const ANOTHER = /^another server sends here: .*$/gm;

describe('takes on one network', () => {
  it('are all locked where ten of them are recorded at once on one port', () =>
    inFolder(async (folder) => {
      const port = freshPort();
      // Thirty processes start at once: a client may begin seconds late, and is in its place from there on.
      const patient = ['--lock-timeout', '60s', '--max-repeats', '90'];
      const takes = Array.from({ length: 10 }, (_, i) =>
        genlock([
          ...['record', '--sync-port', port, '-o', join(folder, `take${i}`), ...SMALL, ...LENIENT],
          ...['--framerate', '10', '-t', '6s', ...patient],
        ]),
      );
      for (const { code, stdout, stderr } of await Promise.all(takes)) {
        expect(code, stdout + stderr).toBe(0);
        expect(stdout).toMatch(lockedInAll(60));
        expect(stderr.match(ANOTHER) ?? []).toHaveLength(1);
      }
    }));
});
