/** Runs the program that the argument names, watched, and lives on. */
import { spawnWatched } from '../../src/run/stock/spawn.ts';

spawnWatched(process.argv[2] as string, [], 0);
setInterval(() => {}, 1000);
