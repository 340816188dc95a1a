/* Gathers a take from pi2 and says where each chunk that came ends; for tests that kill it. Arguments: port, folder. */
import { writeSync } from 'node:fs';
import { readTake } from '../../src/record/take.ts';
import { gatherFiles } from '../../src/run/gather/gather-files.ts';
import { hostAt, MEMBERSHIP } from './files-host.ts';

const [port, folder = ''] = process.argv.slice(2);
const { missing } = await gatherFiles(folder, await readTake(folder), {
  own: MEMBERSHIP,
  hosts: new Map([['pi2', hostAt('pi2', Number(port))]]),
  // At once: what was fetched is said even where the process is killed behind it.
  onProgress: ({ file: { name, here, fetched } }) => fetched > 0 && writeSync(1, `${name} ${here}\n`),
});
for (const line of missing) process.stderr.write(`${line}\n`);
