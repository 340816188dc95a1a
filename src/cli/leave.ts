import { setTimeout as wait } from 'node:timers/promises';
import { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { reachRig } from '../hosts/control/reach.ts';
import { type Membership, ownMembership, removeMembership } from '../hosts/key/membership.ts';

/** An agent that runs here ends within so long, in ms. */
const END_MS = 5_000;

export function leaveCommand(): Command {
  return new Command('leave')
    .description(
      'Take this host out of its rig: its agent ends, its key is removed, the others no longer list it. It could have\n' +
        'kept the key: genlock rig key --rotate, on the first host, makes that one worthless.',
    )
    .option('--force', 'on the first host too, without which there is no rig')
    .allowExcessArguments(false)
    .action(leave);
}

async function leave({ force = false }: { force?: boolean }): Promise<void> {
  const own = await ownMembership();
  if (own.serves && !force) {
    throw new UsageError(`this host serves the rig ${own.rig}, which is no more without it; genlock leave --force`);
  }
  if (own.serves) await removeMembership();
  else await leaveOthers(own);
  process.stderr.write(`this host is no longer ${own.name} of the rig ${own.rig}\n`);
}

async function leaveOthers(own: Membership): Promise<void> {
  const bus = await reachRig(own).catch((error: Error) => {
    process.stderr.write(`${error.message}\nthe others go on listing this host, as gone\n`);
  });
  await removeMembership();
  if (!bus) return;
  for (let leftMs = END_MS; leftMs > 0 && bus.hosts().get(own.name)?.present; leftMs -= 100) await wait(100);
  bus.forget(own.name);
  await bus.close();
}
