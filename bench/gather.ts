/*
 * How fast a file of a take is gathered, beside what one TCP connection through the same TLS carries: a process that
 * serves, one that fetches, in turns, on this machine.
 *
 *     npx tsx bench/gather.ts [MIB [ROUNDS]]      256 MiB, 5 rounds
 *
 * Prints both in MB/s, medians, and their ratio; then the same by what each takes of the busier one of both processes,
 * which a machine that does other things as well hardly changes. Exit 1 where the first ratio is below 0.8, or a file
 * is not what it was.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, mkdirSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { fetchFile } from '../src/hosts/files/fetcher.ts';
import { RemoteFiles } from '../src/hosts/files/remote-files.ts';
import { FilesServer } from '../src/hosts/files/server.ts';
import { RigKey } from '../src/hosts/key/rig-key.ts';
import { clientTls, serverTls } from '../src/hosts/key/tls.ts';
import { Random } from '../src/sensor/random.ts';
import { median } from '../src/time/statistics.ts';

const LEAST = 0.8;
const MIB = 1 << 20;
const NAME = 'cam1.mp4';
const HERE = '127.0.0.1';
const key = new RigKey(Buffer.alloc(32, 7), 1);

/** What this process has had of a processor, in s. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** What one way of carrying the file took, in s. */
interface Cost {
  readonly seconds: number;
  /** Of a processor, by the process that took more. */
  readonly cpu: number;
}

/** Does a work, and finds what it took of this process and of the one that serves. */
async function costOf(child: ChildProcess, work: () => Promise<number>): Promise<Cost> {
  const theirs = async (): Promise<number> => {
    child.send('cpu');
    return ((await once(child, 'message')) as [number])[0];
  };
  const before = [cpuSeconds(), await theirs()] as const;
  const seconds = await work();
  return { seconds, cpu: Math.max(cpuSeconds() - before[0], (await theirs()) - before[1]) };
}

/** The host: serves the folder, and the file's bytes to whoever connects to its other port, until they are all sent. */
async function serve(folder: string): Promise<void> {
  const tls = serverTls('bench', key, 'files');
  const files = await FilesServer.listen({
    tls,
    address: HERE,
    folderOf: () => folder,
    writtenIn: async () => new Set(),
  });
  const plain = createServer(tls, (socket) => {
    socket.on('error', () => {});
    createReadStream(join(folder, NAME), { highWaterMark: MIB }).pipe(socket);
  });
  plain.listen(0, HERE, () => process.send?.([files.port, (plain.address() as { port: number }).port]));
  process.on('message', () => process.send?.(cpuSeconds()));
  process.once('disconnect', () => process.exit());
}

/** Seconds until one connection has carried it all; it is read and forgotten. */
function carry(port: number, bytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let [began, read] = [0, 0];
    const socket = connect({ ...clientTls('bench', key, 'files'), host: HERE, port }, () => {
      began = performance.now();
    });
    socket.on('data', (piece) => {
      read += piece.length;
    });
    socket.once('error', reject).once('end', () => {
      socket.destroy();
      if (read === bytes) resolve((performance.now() - began) / 1000);
      else reject(new Error(`${read} of ${bytes} bytes came`));
    });
  });
}

async function gather(port: number, folder: string): Promise<number> {
  const remote = new RemoteFiles({ host: 'pi2', address: HERE, port }, 'take1', clientTls('bench', key, 'files'));
  // The handshake counts for neither.
  await remote.list();
  const began = performance.now();
  await fetchFile({ remote, folder, name: NAME });
  remote.close();
  return (performance.now() - began) / 1000;
}

function hashOfFile(file: string): string {
  const [hash, buffer, descriptor] = [createHash('sha256'), Buffer.alloc(MIB), openSync(file, 'r')];
  for (let count = readSync(descriptor, buffer); count > 0; count = readSync(descriptor, buffer)) {
    hash.update(buffer.subarray(0, count));
  }
  return hash.digest('hex');
}

async function main(): Promise<void> {
  const [mib, rounds] = [256, 5].map((usual, i) => Number(process.argv[2 + i] ?? usual)) as [number, number];
  if (!(mib >= 1 && rounds >= 1)) throw new Error('usage: gather.ts [MIB [ROUNDS]]');
  const root = mkdtempSync(join(tmpdir(), 'genlock-bench-'));
  const [there, here] = [join(root, 'there'), join(root, 'here')];
  mkdirSync(there);
  mkdirSync(here);
  const random = new Random(1);
  const descriptor = openSync(join(there, NAME), 'w');
  const piece = Buffer.alloc(MIB);
  for (let i = 0; i < mib; i++) {
    for (let at = 0; at < MIB; at += 4) piece.writeUInt32LE(Math.floor(random.next() * 2 ** 32), at);
    writeSync(descriptor, piece);
  }
  const child = fork(fileURLToPath(import.meta.url), ['--serve', there]);
  try {
    const [files, plain] = await new Promise<[number, number]>((resolve) => child.once('message', resolve as never));
    const costs: { carried: Cost[]; gathered: Cost[] } = { carried: [], gathered: [] };
    // The first of each compiles the code.
    for (let round = -1; round < rounds; round++) {
      const carried = await costOf(child, () => carry(plain, mib * MIB));
      const gathered = await costOf(child, () => gather(files, here));
      if (hashOfFile(join(here, NAME)) !== hashOfFile(join(there, NAME))) throw new Error('the file is another');
      rmSync(join(here, NAME));
      if (round < 0) continue;
      costs.carried.push(carried);
      costs.gathered.push(gathered);
    }
    const speed = (each: Cost[], of: keyof Cost): number =>
      (mib * MIB) / 1e6 / (median(each.map((cost) => cost[of])) ?? Number.NaN);
    const { carried, gathered } = costs;
    const ratio = speed(gathered, 'seconds') / speed(carried, 'seconds');
    console.log(
      `${mib} MiB: one connection carries ${speed(carried, 'seconds').toFixed(0)} MB/s, ` +
        `gathered with ${speed(gathered, 'seconds').toFixed(0)} MB/s: ${ratio.toFixed(2)} times (limit: ${LEAST})`,
    );
    const [plainly, whole] = [speed(carried, 'cpu'), speed(gathered, 'cpu')];
    console.log(
      `a second of the busier process's processor carries ${plainly.toFixed(0)} MB, ` +
        `gathers ${whole.toFixed(0)} MB: ${(whole / plainly).toFixed(2)} times`,
    );
    if (ratio < LEAST) process.exitCode = 1;
  } finally {
    child.disconnect();
    rmSync(root, { recursive: true, force: true });
  }
}

if (process.argv[2] === '--serve') await serve(process.argv[3] ?? '');
else await main();
