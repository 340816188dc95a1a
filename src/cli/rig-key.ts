import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { DEFAULT_PORT, joinLine } from '../hosts/key/join-line.ts';
import { type Membership, ownMembership, readMembership, writeMembership } from '../hosts/key/membership.ts';
import { checkName, ownAddress, ownName } from '../hosts/key/own-address.ts';
import { RigKey } from '../hosts/key/rig-key.ts';
import { parseWhole } from '../options/parse.ts';

interface CreateFlags {
  readonly host?: string;
  readonly port: string;
  readonly as?: string;
}

/** Adds what makes a rig of many hosts, and its key. */
export function addRigKey(rig: Command): void {
  rig
    .command('create')
    .description('Make a rig of many hosts, whose first one is this: docs/hosts.md.')
    .argument('<name>', 'what the rig is called')
    .option('--host <address>', 'how the others reach this host; default: its first IPv4 address')
    .option('--port <number>', 'where its agent listens', String(DEFAULT_PORT))
    .option('--as <name>', 'what the rig calls this host; default: as the network does')
    .allowExcessArguments(false)
    .action(create);
  rig
    .command('key')
    .description('Print the line that other hosts join with; it holds the key. On the first host.')
    .option('--rotate', 'make another key: all other hosts are out until they join anew')
    .allowExcessArguments(false)
    .action(key);
}

async function create(name: string, flags: CreateFlags): Promise<void> {
  const port = parseWhole('--port', flags.port, 1, 65_535);
  const rig = checkName('the name of the rig,', name);
  const own = checkName('--as', flags.as ?? ownName());
  const host = hostOf(flags.host);
  const before = await readMembership();
  if (before !== undefined) {
    throw new UsageError(`this host is ${before.name} of the rig ${before.rig}; genlock leave comes first`);
  }
  const membership: Membership = { rig, host, port, key: RigKey.create(), name: own, serves: true };
  await writeMembership(membership);
  process.stdout.write(`${joinLine(membership)}\n`);
  process.stderr.write(
    `rig ${rig}: this host is ${own}. Run genlock agent here; on each other host genlock join -, and paste the line ` +
      'above. Whoever has it is in: it is a secret.\n',
  );
}

function hostOf(given: string | undefined): string {
  if (given === undefined) return ownAddress();
  if (/^[A-Za-z0-9_.:-]{1,255}$/.test(given)) return given;
  throw new UsageError(`--host ${given}: must be an address, or a name that the others know this host by`);
}

async function key({ rotate = false }: { rotate?: boolean }): Promise<void> {
  const before = await ownMembership();
  if (!before.serves) {
    throw new UsageError(`the key of the rig ${before.rig} is made and shown on its first host, ${before.host}`);
  }
  const membership = rotate ? { ...before, key: before.key.next() } : before;
  if (rotate) await writeMembership(membership);
  process.stdout.write(`${joinLine(membership)}\n`);
  if (rotate) {
    process.stderr.write(`rig ${before.rig}: this is its key ${membership.key.epoch}; the earlier ones are no good\n`);
  }
}
