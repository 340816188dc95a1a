/*
 * Replaces the take in a folder as `record --force` does, without cameras: prepares, describes itself, and then has
 * recorded what is in a file, or nothing. Arguments: folder, file or `nothing`.
 */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeTake } from '../../src/record/take.ts';
import { makeTakeFolder, unmakeTakeFolder } from '../../src/run/files/folder.ts';
import { alone, type Hold, hold } from '../../src/run/files/lock.ts';
import { syntheticTake } from './take.ts';

const [folder = '', recorded = ''] = process.argv.slice(2);
const quiet = (): void => {};
let held: Hold | undefined;
const earlier = await makeTakeFolder(folder, true, async () => {
  held = await hold(folder, quiet);
});
await writeTake(folder, syntheticTake(1));
held?.release();
if (recorded === 'nothing') {
  await unmakeTakeFolder(folder, earlier);
} else {
  await copyFile(recorded, join(folder, 'cam0.mp4'));
  await alone(folder, quiet, async () => earlier?.remove());
  await writeTake(folder, syntheticTake(1, { state: 'complete', frames: 30, wanted: 30 }));
}
