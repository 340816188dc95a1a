import { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { reachRig } from '../hosts/control/reach.ts';
import { type JoinLine, readJoinLine } from '../hosts/key/join-line.ts';
import { type Membership, readMembership, writeMembership } from '../hosts/key/membership.ts';
import { readAuthority, readBrokerUrl } from '../hosts/key/other-broker.ts';
import { checkName, ownName } from '../hosts/key/own-address.ts';
import { installUnit, UNIT } from '../run/agent/unit.ts';

interface JoinFlags {
  readonly as?: string;
  readonly install?: boolean;
  readonly broker?: string;
  readonly ca?: string;
}

/** A line is no longer than this, in characters. */
const LONGEST_LINE = 1_000;

export function joinCommand(): Command {
  return new Command('join')
    .description(
      'Make this host one of a rig, by the line that genlock rig create printed: docs/hosts.md. A command line is seen by\n' +
        'all users of a host while it runs and kept by shells: genlock join - reads the line from standard input instead.',
    )
    .argument('<line>', 'genlock://HOST/RIG#KEY, or - to read it from standard input')
    .option('--as <name>', 'what the rig calls this host; default: as the network does')
    .option('--broker <url>', 'mqtts://HOST:PORT, where this host reaches a broker that no agent serves under another')
    .option('--ca <file>', 'the authority that signed the certificate of such a broker, as PEM')
    .option('--install', "write a unit of systemd's that runs genlock agent whenever this host is on")
    .allowExcessArguments(false)
    .action(join);
}

async function join(given: string, flags: JoinFlags): Promise<void> {
  // Lists of processes show it no longer than it takes to get here.
  if (given !== '-') process.title = 'genlock join';
  const name = checkName('--as', flags.as ?? ownName());
  const line = readJoinLine(given === '-' ? await readLine() : given);
  const before = await readMembership();
  if (before !== undefined && (before.rig !== line.rig || before.serves)) {
    throw new UsageError(`this host is ${before.name} of the rig ${before.rig}; genlock leave comes first`);
  }
  let membership: Membership = { ...(await placeOf(line, flags)), name, serves: false };
  const bus = await reachRig(membership, {
    onPlace: ({ host, port }) => {
      if (host !== membership.host) process.stderr.write(`found the rig ${line.rig} at ${host}:${port}\n`);
      membership = { ...membership, host, port };
    },
  });
  const taken = bus.hosts().get(name);
  await bus.close();
  if (taken?.present && before === undefined) {
    throw new UsageError(`${name}: a host of the rig ${line.rig} is called so already; give another name with --as`);
  }
  await writeMembership(membership);
  process.stderr.write(`this host is ${name} of the rig ${line.rig}\n`);
  if (flags.install) process.stderr.write(installed(await installUnit()));
  else process.stderr.write('run genlock agent for its cameras to be there\n');
}

/** Where the broker is, by the line and what was given beside it. */
async function placeOf(
  { known, ...line }: JoinLine,
  { broker, ca }: JoinFlags,
): Promise<Omit<Membership, 'name' | 'serves'>> {
  if (known === undefined && broker === undefined) {
    if (ca !== undefined) throw new UsageError('--ca: is for a broker that no agent serves; this line is not of one');
    return line;
  }
  if (known === 'ca' && ca === undefined) {
    throw new UsageError("--ca: must name the authority that signed the certificate of the rig's broker, a PEM file");
  }
  const authority = ca === undefined ? undefined : await readAuthority('--ca', ca);
  return { ...line, ...(broker !== undefined && readBrokerUrl('--broker', broker)), broker: { ca: authority } };
}

/** What is left to do for it to run. */
const installed = (file: string): string =>
  [
    `${file}: written; it runs from now on with`,
    `  systemctl --user enable --now ${UNIT}`,
    'and, from when this host is switched on, though nobody logs in, with',
    '  loginctl enable-linger',
    '',
  ].join('\n');

/** The first line of standard input. */
async function readLine(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write('the line to join with: ');
  let text = '';
  for await (const piece of process.stdin.setEncoding('utf8')) {
    text += piece;
    if (text.includes('\n') || text.length > LONGEST_LINE) break;
  }
  process.stdin.destroy();
  return text.split('\n')[0] ?? '';
}
