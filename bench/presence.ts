/*
 * A hundred hosts in one rig: `npx tsx bench/presence.ts`. Agents that say their states anew as often as agents do, in
 * four processes, each with an MQTT connection of its own under TLS with the rig's key, against our broker in a process
 * and against mosquitto where it is: when all are present, how far apart they are told to start, and what that takes of
 * the one who asks. Then a thousand against our broker, for which there is no limit but that all come. Exit 1 where a
 * limit is missed.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { Broker } from '../src/hosts/control/broker.ts';
import { mqttPost } from '../src/hosts/control/mqtt-post.ts';
import { PostBus } from '../src/hosts/control/post-bus.ts';
import { KEY_BYTES, RigKey } from '../src/hosts/key/rig-key.ts';
import { stateOf } from '../test/support/host-state.ts';
import { hasMosquitto, Mosquitto } from '../test/support/mosquitto.ts';
import { freePort } from '../test/support/pipe.ts';

const RIG = 'studio';
const HOST = '127.0.0.1';
/** Of no rig: a bench's processes need the same one. */
const KEY = new RigKey(Buffer.alloc(KEY_BYTES, 7), 1);
const PROCESSES = 4;
const MOST_PRESENT_MS = 10_000;
const MOST_SPREAD_MS = 200;
const HOSTS = 100;
const MANY = 1000;
/** Who has not come by then does not come, in ms. */
const MOST_WAIT_MS = 60_000;
/** Agents say their states so often, in ms. */
const TELL_MS = 5_000;
/** What following the states takes is measured for so long, in ms. */
const FOLLOW_MS = 10_000;

const bus = (port: number, name: string, agent = true): PostBus =>
  new PostBus(
    { rig: RIG, host: name, ...(agent && { state: stateOf(name) }) },
    mqttPost({ rig: RIG, key: KEY, host: HOST, port }, () => {}),
  );

/** Time of a clock that all processes of a host share, in ms. */
const now = (): number => performance.timeOrigin + performance.now();

// Who was begun by a bench that is gone has nothing left to do.
process.on('disconnect', () => process.exit());
const [role = 'all', port = '0', from = '0', count = '0'] = process.argv.slice(2);
if (role === 'broker') {
  await Broker.open({ rig: RIG, key: KEY, host: HOST, port: Number(port) });
  process.send?.('ready');
} else if (role === 'agents') {
  for (let i = 0; i < Number(count); i++) {
    const name = `host${Number(from) + i}`;
    const agent = bus(Number(port), name);
    agent.onOrder('start', async () => now());
    setInterval(() => agent.announce(stateOf(name, { temperature: i })), TELL_MS);
  }
} else {
  const own = async (at: number) => {
    const child = fork(import.meta.filename, ['broker', String(at)]);
    await new Promise((resolve) => child.once('message', resolve));
    return { pid: child.pid as number, close: async () => void child.kill('SIGKILL') };
  };
  await bench('our broker', HOSTS, own);
  if (hasMosquitto) {
    await bench('mosquitto', HOSTS, async (at) => {
      const broker = new Mosquitto(at, { [RIG]: KEY });
      await broker.start();
      return { pid: broker.pid as number, close: () => broker.remove() };
    });
  } else console.log('mosquitto: it is not on this machine');
  await bench('our broker', MANY, own, false);
}

async function bench(
  called: string,
  hosts: number,
  open: (port: number) => Promise<{ pid: number; close: () => Promise<void> }>,
  limited = true,
): Promise<void> {
  const at = await freePort();
  const broker = await open(at);
  const began = performance.now();
  const children: ChildProcess[] = Array.from({ length: PROCESSES }, (_, i) => {
    const share = hosts / PROCESSES;
    return fork(import.meta.filename, ['agents', String(at), String(i * share), String(share)]);
  });
  const asks = bus(at, 'asker', false);
  const present = (): number => [...asks.hosts().values()].filter((state) => state.present).length;
  while (present() < hosts && performance.now() - began < MOST_WAIT_MS) await wait(10);
  const presentMs = performance.now() - began;
  console.log(`${called}, ${hosts} hosts: ${present()} present after ${(presentMs / 1000).toFixed(1)} s`);
  if (present() < hosts || (limited && presentMs > MOST_PRESENT_MS)) process.exitCode = 1;
  await tellAll(asks, limited);
  const cpu = process.cpuUsage();
  await wait(FOLLOW_MS);
  console.log(`  asker: ${((100 * msOf(cpu)) / FOLLOW_MS).toFixed(1)} % of a core to follow their states`);
  console.log(`  broker: ${usage(broker.pid)} in all`);
  for (const child of children) child.kill('SIGKILL');
  await asks.close();
  await broker.close();
}

/** Tells all to start at once, and how far apart they heard it. */
async function tellAll(asks: PostBus, limited: boolean): Promise<void> {
  const cpu = process.cpuUsage();
  const began = performance.now();
  const heard = (await Promise.all(
    [...asks.hosts().keys()].map((host) => asks.order(host, { kind: 'start' })),
  )) as number[];
  const cpuMs = msOf(cpu);
  const spread = Math.max(...heard) - Math.min(...heard);
  console.log(
    `  told to start within ${spread.toFixed(0)} ms, all answered after ${(performance.now() - began).toFixed(0)} ms`,
  );
  console.log(`  asker: ${cpuMs.toFixed(0)} ms of CPU for it, ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB`);
  if (limited && spread > MOST_SPREAD_MS) process.exitCode = 1;
}

/** CPU time that this process has used since, in ms. */
function msOf(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

/** What a process has used, by proc_pid_stat(5): times are in hundredths of a second. */
function usage(pid: number): string {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\)\s+/s, '')
    .split(' ');
  const cpu = (Number(fields[11]) + Number(fields[12])) / 100;
  const kB = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return `${cpu.toFixed(1)} s of CPU, ${(kB / 1000).toFixed(0)} MB`;
}
