/* Reads one video from its pixels, in a process of its own: `tsx bench/faults/read-part.ts FILE` prints what `readTimes` finds, as JSON. */
import { readTimes } from '../../src/verify/read-times.ts';

const { frames, firstSlot, timesUs } = await readTimes(process.argv[2] as string);
process.stdout.write(JSON.stringify({ frames, firstSlot, timesUs: timesUs.map((us) => us ?? null) }));
