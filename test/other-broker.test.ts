import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { openBus, reachRig } from '../src/hosts/control/reach.ts';
import { readJoinLine } from '../src/hosts/key/join-line.ts';
import {
  lineOf,
  type Membership,
  membershipFile,
  readMembership,
  writeMembership,
} from '../src/hosts/key/membership.ts';
import { readAuthority } from '../src/hosts/key/other-broker.ts';
import { RigKey } from '../src/hosts/key/rig-key.ts';
import { controlSecret, identityOf } from '../src/hosts/key/tls.ts';
import { stateOf } from './support/host-state.ts';
import { inProcess } from './support/in-process.ts';
import { hasMosquitto, Mosquitto } from './support/mosquitto.ts';
import { freePort } from './support/pipe.ts';

const folder = mkdtempSync(join(tmpdir(), 'genlock-broker-'));
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hasOpenssl = spawnSync('openssl', ['version']).error === undefined;
const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });

/** What docs/hosts.md says is to stand in mosquitto's configuration, for this port and these files. */
function documented(which: number, port: number, files: Readonly<Record<string, string>>): string[] {
  const blocks = readFileSync('docs/hosts.md', 'utf8').matchAll(/^ {4}listener 8883\n(?: {4}.+\n)+/gm);
  const lines = ([...blocks][which]?.[0] ?? '').trimEnd().split('\n');
  return lines.map((line) => {
    const [word = '', ...rest] = line.trim().split(' ');
    if (word === 'listener') return `listener ${port} 127.0.0.1`;
    return rest[0]?.startsWith('/') ? `${word} ${files[word]}` : line.trim();
  });
}

/** The first host's membership of a rig whose broker is at a port of the loopback. */
const memberOf = (port: number, more: Partial<Membership> = {}): Membership => ({
  ...{ rig: 'studio', host: '127.0.0.1', port, key: RigKey.create(), name: 'pi1', serves: true, broker: {} },
  ...more,
});

const begin = async (broker: Mosquitto): Promise<void> => {
  open.push({ close: () => broker.remove() });
  await broker.start();
};

/** An agent's end is there, and one that asks sees it and is answered. */
async function works(own: Membership): Promise<void> {
  const agent = openBus(own, { state: stateOf(own.name) });
  open.push(agent);
  agent.onOrder('echo', async (payload) => payload);
  const asks = await reachRig({ ...own, name: 'pc', serves: false });
  open.push(asks);
  await expect.poll(() => asks.hosts().get(own.name)?.present).toBe(true);
  expect(await asks.order(own.name, { kind: 'echo', with: 7 })).toBe(7);
}

describe.skipIf(!hasMosquitto)('mosquitto as docs/hosts.md sets it up', () => {
  it('by a psk_file takes the rig, and says in one line that it does not know a key', async () => {
    const own = memberOf(await freePort());
    await begin(
      new Mosquitto(own.port, { studio: own.key }, (at) => documented(0, own.port, { psk_file: join(at, 'psk') })),
    );
    await works(own);
    await expect(reachRig({ ...own, key: RigKey.create() })).rejects.toThrow(
      `the rig's broker at 127.0.0.1:${own.port}: does not know the rig's key: give it the line ` +
        'that the first host prints for brokers (docs/hosts.md)',
    );
  });

  it.skipIf(!hasOpenssl)('by a certificate takes the rig, and says in one line what is wrong', async () => {
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=us');
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'key.pem', '-out', 'csr', '-subj', '/CN=broker');
    writeFileSync(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1');
    const sign = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names', '-out', 'cert.pem'];
    openssl('x509', '-req', '-in', 'csr', ...sign);
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'x.key', '-out', 'x.pem', '-subj', '/CN=x');
    const ca = await readAuthority('--ca', join(folder, 'ca.pem'));
    const own = memberOf(await freePort(), { broker: { ca } });
    const passwords = join(folder, 'passwords');
    writeFileSync(passwords, `${identityOf(own.rig, own.key)}:${controlSecret(own.key)}\n`, { mode: 0o600 });
    execFileSync('mosquitto_passwd', ['-U', passwords]);
    const files = {
      password_file: passwords,
      certfile: join(folder, 'cert.pem'),
      keyfile: join(folder, 'key.pem'),
    };
    await begin(new Mosquitto(own.port, {}, () => documented(1, own.port, files)));
    await works(own);
    const place = `the rig's broker at 127.0.0.1:${own.port}: `;
    await expect(reachRig({ ...own, key: RigKey.create() })).rejects.toThrow(
      `${place}does not know the rig's password: give it the line that the first host prints`,
    );
    const other = await readAuthority('--ca', join(folder, 'x.pem'));
    await expect(reachRig({ ...own, broker: { ca: other } })).rejects.toThrow(
      `${place}its certificate is not of ${other.file}: name the file of the authority that signed it`,
    );
    await expect(reachRig({ ...own, broker: {} })).rejects.toThrow(`${place}does not know the rig's key`);
    await expect(reachRig({ ...own, host: 'localhost' })).rejects.toThrow('its certificate is for another name');
  });
});
if (!hasMosquitto) it.skip('mosquitto: it is not on this machine');
if (!hasOpenssl) it.skip('openssl: it is not on this machine');

it('what listens there and speaks no TLS is named as that', async () => {
  const server = createServer((socket) =>
    socket
      .on('error', () => {})
      .resume()
      .end('220 mail\r\n'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({ close: () => new Promise((done) => server.close(() => done())) });
  const { port } = server.address() as { port: number };
  await expect(reachRig(memberOf(port))).rejects.toThrow(/: speaks no TLS there; name the port at which it does$/);
});

describe('what a host keeps of a broker that no agent serves', () => {
  it('is whether it shows a certificate, and of which authority; the line says whether', async () => {
    const file = join(folder, 'authority.pem');
    writeFileSync(file, '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n');
    for (const broker of [undefined, {}, { ca: await readAuthority('--ca', file) }]) {
      const own = memberOf(8883, { host: 'broker.lan', broker });
      await writeMembership(own, folder);
      expect(statSync(membershipFile(folder)).mode & 0o777).toBe(0o600);
      const read = (await readMembership(folder)) as Membership;
      expect(read.broker).toEqual(broker === undefined ? undefined : { ca: broker.ca });
      const known = broker === undefined ? undefined : broker.ca === undefined ? 'psk' : 'ca';
      expect(readJoinLine(lineOf(read)).known).toBe(known);
    }
    rmSync(file);
    await expect(readMembership(folder)).rejects.toThrow(`${membershipFile(folder)}: broker.ca ${file}: can't be read`);
    rmSync(membershipFile(folder));
  });

  it.each([
    [['--broker', 'mqtt://broker.lan'], /--broker mqtt:\/\/broker\.lan: must be mqtts:\/\/HOST .*has no TLS/],
    [['--broker', 'mqtts://broker.lan:99999'], /--broker mqtts:\/\/broker\.lan:99999: must be mqtts:\/\/HOST/],
    [['--broker', 'mqtts://b', '--port', '1'], /--port: is for the broker that the agent serves/],
    [['--broker', 'mqtts://b', '--ca', 'none.pem'], /--ca none\.pem: can't be read: ENOENT/],
    [['--broker', 'mqtts://b', '--ca', 'package.json'], /--ca package\.json: must be PEM/],
    [['--ca', 'none.pem'], /--ca: is for a broker that --broker names/],
  ])('rig create %j is refused in one line, with exit code 2', async (args, line) => {
    const { code, stdout, stderr } = await inProcess(['rig', 'create', 'studio', ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(line);
    expect(stderr).toMatch(/^genlock: [^\n]*\n$/);
  });
});
