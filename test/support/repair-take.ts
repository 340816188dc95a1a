/*
 * Repairs the take in a folder, in a process of its own. Argument: folder.
 */
import { repairTake } from '../../src/run/repair/repair.ts';

const [folder = ''] = process.argv.slice(2);
await repairTake(folder);
