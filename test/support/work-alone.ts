/*
 * Works in a folder alone, again and again; an exclusive file finds out whether anybody else does at the same time.
 * Arguments: folder, times, `kernel` or `own`.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kernelLock, NO_KERNEL_LOCK } from '../../src/host/kernel-lock.ts';
import { alone } from '../../src/run/files/lock.ts';

const [folder = '', times = '1', lock] = process.argv.slice(2);
for (let i = 0; i < Number(times); i++) {
  await alone(
    folder,
    () => {},
    async () => {
      writeFileSync(join(folder, 'working'), '', { flag: 'wx' });
      await new Promise((resolve) => setTimeout(resolve, 2));
      rmSync(join(folder, 'working'));
    },
    lock === 'kernel' ? kernelLock() : NO_KERNEL_LOCK,
  );
}
process.stdout.write('worked\n');
