/*
 * Holds a folder and says so, then waits to be killed, or to be told to let go. Arguments: folder, `kernel` or `own`.
 */
import { kernelLock, NO_KERNEL_LOCK } from '../../src/host/kernel-lock.ts';
import { hold } from '../../src/run/files/lock.ts';

const [folder = '', lock] = process.argv.slice(2);
const held = await hold(folder, () => {}, lock === 'kernel' ? kernelLock() : NO_KERNEL_LOCK);
process.stdout.write('held\n');
process.stdin.once('data', () => {
  held.release();
  process.exit(0);
});
