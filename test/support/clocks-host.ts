/*
 * One host's exchange of times, in a process of its own. Arguments: the rig's key in hex, the host's id. Prints its
 * port; is told whom to follow on a line of standard input, as JSON; prints what is known then, a line each.
 */
import { createInterface } from 'node:readline';
import { openClock } from '../../src/host/clock.ts';
import { HostClocks } from '../../src/hosts/exchange/host-clocks.ts';
import { RigKey } from '../../src/hosts/key/rig-key.ts';

const [key = '', hostId = ''] = process.argv.slice(2);
const clocks = await HostClocks.open({ key: new RigKey(Buffer.from(key, 'hex'), 1), hostId, clock: openClock() });
const print = (value: unknown): void => void process.stderr.write(`${JSON.stringify(value)}\n`);
print({ port: clocks.port, stamps: clocks.stamps });
for await (const line of createInterface({ input: process.stdin })) {
  clocks.follow(JSON.parse(line)).onOffset((offset) => print({ offset }));
}
