/*
 * How soon a host that vanishes is named: `npm run build && npx tsx bench/vanish.ts`. Two hosts in network namespaces;
 * pi2's agent is killed, then its cable is pulled, and pi1 is watched. Exit 1 where a limit is missed.
 */
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { reachRig } from '../src/hosts/control/reach.ts';
import { ownMembership } from '../src/hosts/key/membership.ts';
import { Hosts } from '../test/support/hosts.ts';

/** A broker takes an end for gone so long after its last sign of life (mqtt-post.ts), in ms. */
const MOST_MS = 3_000;
const TIMES = 3;

if (process.argv[2] === 'watch') {
  const bus = await reachRig(await ownMembership());
  let was: boolean | undefined;
  const tell = (): void => {
    const is = bus.hosts().get('pi2')?.present;
    if (is !== was) process.stderr.write(`${is ? 'there' : 'gone'} ${Date.now()}\n`);
    was = is;
  };
  bus.onHost(tell);
  tell();
} else {
  const missing = Hosts.whyNone();
  if (missing !== undefined) throw new Error(missing);
  const hosts = await Hosts.make(2);
  try {
    const [, second] = await hosts.rig();
    const [pi1, pi2] = hosts.all;
    if (!pi1 || !pi2 || !second) throw new Error('two hosts were made');
    let text = '';
    const watch = pi1.startCommand([process.execPath, '--import', 'tsx', resolve(import.meta.filename)], ['watch']);
    watch.child.stderr?.on('data', (piece: string) => {
      text += piece;
    });
    const told = async (count: number): Promise<number> => {
      for (;;) {
        const all = [...text.matchAll(/(?:there|gone) (\d+)\n/g)];
        if (all.length >= count) return Number(all[count - 1]?.[1]);
        if (watch.child.exitCode !== null) throw new Error(`who watches ended: ${text}`);
        await wait(10);
      }
    };
    let lines = 1;
    let agent = second;
    const measure = async (what: string, gone: () => void, back: () => Promise<void>): Promise<void> => {
      await told(lines);
      // At another moment of its signs of life each time.
      await wait(1_000 + 700 * (lines % TIMES));
      const began = Date.now();
      gone();
      const ms = (await told(++lines)) - began;
      console.log(`${what}: named after ${ms} ms`);
      if (ms > MOST_MS) process.exitCode = 1;
      await back();
      lines++;
    };
    for (let i = 0; i < TIMES; i++) {
      await measure(
        'killed',
        () => void agent.child.kill('SIGKILL'),
        async () => {
          agent = await pi2.agent();
        },
      );
      await measure(
        'cable pulled',
        () => pi2.plug(false),
        async () => pi2.plug(true),
      );
    }
  } finally {
    await hosts.remove();
  }
}
