import { version } from '../../version.ts';
import type { Membership } from '../key/membership.ts';
import type { HostState } from './host-state.ts';
import { reachRig } from './reach.ts';

/** A rig and its hosts, as one of them sees it. */
export interface RigHosts {
  /** The rig's name. */
  readonly rig: string;
  /**
   * Those that are there, and those that left or vanished while the broker ran, by their names. `problems` has what is
   * seen from here too: that a host is gone, or has another version.
   */
  readonly hosts: readonly HostState[];
}

/**
 * Asks a rig's broker for all hosts.
 * @throws FailureError in a line, where the broker is not reached.
 */
export async function listHosts(own: Membership): Promise<RigHosts> {
  const bus = await reachRig(own);
  const hosts = [...bus.hosts().values()]
    .sort((a, b) => (a.host < b.host ? -1 : 1))
    .map((host) => ({ ...host, problems: problemsOf(host) }));
  await bus.close();
  return { rig: own.rig, hosts };
}

/** What is wrong with a host, as it says itself and as is seen from here. */
function problemsOf({ present, version: theirs, problems }: HostState): string[] {
  if (!present) return ['is gone: see that it is on, on the network, and that genlock agent runs there'];
  const other = `has genlock ${theirs}, this host ${version}: install the same on both`;
  return [...(theirs === version ? [] : [other]), ...problems];
}
