import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { DEFAULT_PORT } from '../hosts/key/join-line.ts';
import { lineOf, type Membership, ownMembership, readMembership, writeMembership } from '../hosts/key/membership.ts';
import { readAuthority, readBrokerUrl } from '../hosts/key/other-broker.ts';
import { checkName, ownAddress, ownName } from '../hosts/key/own-address.ts';
import { RigKey } from '../hosts/key/rig-key.ts';
import { controlSecret, identityOf } from '../hosts/key/tls.ts';
import { parseWhole } from '../options/parse.ts';

interface CreateFlags {
  readonly host?: string;
  readonly port?: string;
  readonly broker?: string;
  readonly ca?: string;
  readonly as?: string;
}

/** Adds what makes a rig of many hosts, and its key. */
export function addRigKey(rig: Command): void {
  rig
    .command('create')
    .description('Make a rig of many hosts, whose first one is this: docs/hosts.md.')
    .argument('<name>', 'what the rig is called')
    .option('--host <address>', 'how the others reach this host; default: its first IPv4 address')
    .option('--port <number>', `where its agent listens; default: ${DEFAULT_PORT}`)
    .option('--broker <url>', 'mqtts://HOST:PORT of any MQTT broker, in the place of the one that the agent serves')
    .option('--ca <file>', 'that broker shows a certificate: the authority that signed it, as PEM')
    .option('--as <name>', 'what the rig calls this host; default: as the network does')
    .allowExcessArguments(false)
    .action(create);
  rig
    .command('key')
    .description('Print the line that other hosts join with; it holds the key. On the first host.')
    .option(
      '--broker',
      'print what a broker that no agent serves must know, NAME:SECRET, instead (mosquitto: psk_file)',
    )
    .option('--rotate', 'make another key: all other hosts are out until they join anew')
    .allowExcessArguments(false)
    .action(key);
}

async function create(name: string, flags: CreateFlags): Promise<void> {
  const place = await placeOf(flags);
  const rig = checkName('the name of the rig,', name);
  const own = checkName('--as', flags.as ?? ownName());
  const before = await readMembership();
  if (before !== undefined) {
    throw new UsageError(`this host is ${before.name} of the rig ${before.rig}; genlock leave comes first`);
  }
  const membership: Membership = { rig, ...place, key: RigKey.create(), name: own, serves: true };
  await writeMembership(membership);
  process.stdout.write(`${lineOf(membership)}\n`);
  if (place.broker !== undefined) {
    process.stderr.write(
      `${flags.broker} has to know the rig's key before anybody can join: genlock rig key --broker prints what goes ` +
        'there (docs/hosts.md)\n',
    );
  }
  process.stderr.write(
    `rig ${rig}: this host is ${own}. Run genlock agent here; on each other host genlock join -, and paste the line ` +
      'above. Whoever has it is in: it is a secret.\n',
  );
}

/** Where the broker is to be, by what was given. */
async function placeOf(flags: CreateFlags): Promise<Pick<Membership, 'host' | 'port' | 'broker'>> {
  const { broker, ca, host, port } = flags;
  if (broker === undefined) {
    if (ca !== undefined) throw new UsageError('--ca: is for a broker that --broker names');
    return { host: hostOf(host), port: parseWhole('--port', port ?? String(DEFAULT_PORT), 1, 65_535) };
  }
  const both = host !== undefined ? '--host' : port !== undefined ? '--port' : undefined;
  if (both !== undefined) throw new UsageError(`${both}: is for the broker that the agent serves; --broker has both`);
  const authority = ca === undefined ? undefined : await readAuthority('--ca', ca);
  return { ...readBrokerUrl('--broker', broker), broker: { ca: authority } };
}

function hostOf(given: string | undefined): string {
  if (given === undefined) return ownAddress();
  if (/^[A-Za-z0-9_.:-]{1,255}$/.test(given)) return given;
  throw new UsageError(`--host ${given}: must be an address, or a name that the others know this host by`);
}

async function key({ rotate = false, broker = false }: { rotate?: boolean; broker?: boolean }): Promise<void> {
  const before = await ownMembership();
  if (!before.serves) {
    throw new UsageError(
      `the key of the rig ${before.rig} is made and shown on its first host${before.broker ? '' : `, ${before.host}`}`,
    );
  }
  if (broker && before.broker === undefined) {
    throw new UsageError(
      `--broker: the agent of this host serves the rig ${before.rig}; no other broker needs its key`,
    );
  }
  const membership = rotate ? { ...before, key: before.key.next() } : before;
  if (rotate) await writeMembership(membership);
  const { rig, key: now } = membership;
  process.stdout.write(`${broker ? `${identityOf(rig, now)}:${controlSecret(now)}` : lineOf(membership)}\n`);
  if (rotate) {
    process.stderr.write(`rig ${before.rig}: this is its key ${membership.key.epoch}; the earlier ones are no good\n`);
  }
}
