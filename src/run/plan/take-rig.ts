import type { ControlBus } from '../../hosts/control/bus.ts';
import { reachRig } from '../../hosts/control/reach.ts';
import { type Membership, ownMembership } from '../../hosts/key/membership.ts';

/** The rig that a take has cameras of, reached from this host. Whoever opened it closes it. */
export interface TakeRig {
  readonly own: Membership;
  readonly bus: ControlBus;
}

/** What of a take is on other hosts of a rig. */
export interface RigPlaces {
  /** The other host that each camera is on, in their order, undefined for those of this one; left out where all are. */
  readonly elsewhere?: readonly (string | undefined)[];
  /** The rig of those hosts. Whoever asked for the options closes its bus. */
  readonly rig?: TakeRig;
}

/**
 * @throws UsageError where this host is of no rig, FailureError where the rig's broker is not reached.
 */
export async function openTakeRig(): Promise<TakeRig> {
  const own = await ownMembership();
  return { own, bus: await reachRig(own) };
}
