/*
 * Reads one video from its pixels, in a process of its own: `tsx bench/faults/read-part.ts FILE [TOP ROW]` prints what
 * `readTimes` finds, as JSON; with the readout of the picture's rows, in us, where it is known.
 */
import { readTimes } from '../../src/verify/read-times.ts';

const [file = '', topUs, rowUs] = process.argv.slice(2);
const readout = topUs === undefined ? undefined : { topUs: Number(topUs), rowUs: Number(rowUs) };
const { frames, firstSlot, timesUs } = await readTimes(file, { readout });
process.stdout.write(JSON.stringify({ frames, firstSlot, timesUs: timesUs.map((us) => us ?? null) }));
