import { listHosts, type RigHosts } from '../hosts/control/list-hosts.ts';
import { ownMembership } from '../hosts/key/membership.ts';

/**
 * Lists the hosts of the rig that this host is of, as `genlock hosts` does: cameras, room, temperature, the bound of
 * their clocks, and in `problems` what is wrong with each and what to do, a line each. Takes half a second.
 * @throws UsageError where this host is of no rig; FailureError where the rig's broker is not reached within 6 s, or
 * refuses this host's key.
 */
export async function hosts(): Promise<RigHosts> {
  return listHosts(await ownMembership());
}
