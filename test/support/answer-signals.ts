/*
 * Answers the first signal with a line, and goes on; with the argument `spin` its event loop is blocked for good. For
 * tests that end it.
 */
import { onEndSignal } from '../../src/host/end-signals.ts';

onEndSignal((signal) => process.stdout.write(`answered ${signal}\n`));
process.stdout.write('ready\n');
if (process.argv[2] === 'spin') for (;;);
setInterval(() => {}, 1000);
