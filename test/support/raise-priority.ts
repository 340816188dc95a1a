/**
 * Raises the priority of this process, as `nobody` where the argument says so, and prints its niceness as JSON: before,
 * as returned, after, of a child, and once given back.
 */
import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { lowerPriority, raisePriority } from '../../src/host/priority.ts';

if (process.argv[2] === 'nobody') process.setuid?.(65534);
const before = os.getPriority();
const returned = raisePriority();
const child = Number(execFileSync(process.execPath, ['-p', 'os.getPriority()'], { encoding: 'utf8' }));
const after = os.getPriority();
lowerPriority(before);
console.log(JSON.stringify({ before, returned, after, child, lowered: os.getPriority() }));
