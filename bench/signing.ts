/*
 * What signing costs: `npx tsx bench/signing.ts`. Messages of a server as they are in a take, signed one by one and
 * checked one by one, by the CPU that it takes; and what turning away a forged one takes. Exit 1 where a limit is
 * missed.
 */
import { RigKey } from '../src/hosts/key/rig-key.ts';
import { SessionSigner, SignedSession } from '../src/hosts/key/signed-session.ts';
import { TrackingServer } from '../src/sync/tracking/server.ts';
import { bootUs, wallUs } from '../src/time/units.ts';

const MOST_US = 20;
const MESSAGES = 20_000;
const FRAME_US = 33_333;
const sessionId = '0123456789abcdef';
const key = RigKey.create().derive('sync', sessionId);

const server = new TrackingServer({ sessionId, hostId: sessionId, frameUs: FRAME_US, syncPeriod: 1, readyFrame: 1 });
server.change('pause');
const plain = Array.from({ length: MESSAGES }, (_, i) => {
  const { send } = server.frame(wallUs(1.7e15 + i * FRAME_US), bootUs(9e9 + i * FRAME_US));
  return send ?? new Uint8Array();
}).filter(({ length }) => length > 0);

const signer = new SessionSigner(key);
const signed: Uint8Array[] = [];
const signing = costUs(() => {
  for (const bytes of plain) signed.push(signer.sign(bytes));
});
const session = new SignedSession(key);
const checking = costUs(() => {
  for (const bytes of signed) if (session.judge(bytes) !== 'good') throw new Error('a good message was turned away');
});
const forged = signed.map((bytes) => bytes.map((byte, i) => (i === 20 ? byte ^ 1 : byte)));
const refusing = costUs(() => {
  for (const bytes of forged) if (session.judge(bytes) !== 'none') throw new Error('a forged message was taken');
});

const bytes = Math.max(...signed.map(({ length }) => length));
console.log(`${signed.length} messages of up to ${bytes} bytes, us of CPU each (limit ${MOST_US}):`);
for (const [what, us] of Object.entries({ signing, checking, 'turning one away': refusing })) {
  console.log(`  ${what}: ${us.toFixed(1)}`);
  if (us > MOST_US) process.exitCode = 1;
}

/** CPU that the work takes for each message, in us. */
function costUs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / plain.length;
}
