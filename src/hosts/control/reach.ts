import { FailureError } from '../../errors.ts';
import type { Membership } from '../key/membership.ts';
import type { HostState } from './host-state.ts';
import { mqttPost } from './mqtt-post.ts';
import { PostBus } from './post-bus.ts';

/** So long a broker is tried, in ms, by those who do not wait for it. */
const TRY_MS = 6_000;
/** No further host is told of for so long, in ms: then all are known that the broker knew. */
const QUIET_MS = 300;

/** Who comes, and how it hears why the broker is not reached. */
export interface BusOptions {
  /** An agent's first state. */
  readonly state?: HostState;
  /** Hosts that somebody who asks hears of; default: all. */
  readonly follows?: readonly string[];
  /** Each reason once in a row, in a line. */
  readonly onFailure?: (reason: string) => void;
}

/** This host's end on its rig's bus, whether or not the broker is there yet. */
export function openBus(membership: Membership, { state, follows, onFailure }: BusOptions = {}): PostBus {
  const { rig, name, serves } = membership;
  let last: string | undefined;
  const post = mqttPost(membership, (error) => {
    const reason = whyNot(membership, error);
    if (reason !== last) onFailure?.(reason);
    last = reason;
  });
  const bus = new PostBus({ rig, host: name, state, follows, first: serves && state !== undefined }, post);
  bus.onBroker(() => {
    last = undefined;
  });
  return bus;
}

/**
 * An asker's end, once the broker is reached and has told of all hosts.
 * @throws FailureError with the reason where it is not reached.
 */
export async function reachRig(membership: Membership): Promise<PostBus> {
  let reason = `${placeOf(membership)}: nothing answers`;
  let refused: () => void = () => {};
  const bus = openBus(membership, {
    onFailure: (why) => {
      reason = why;
      if (why.endsWith(REFUSED)) refused();
    },
  });
  const reached = await new Promise<boolean>((resolve) => {
    const late = setTimeout(() => resolve(false), TRY_MS);
    refused = () => {
      clearTimeout(late);
      resolve(false);
    };
    bus.onBroker((is) => {
      clearTimeout(late);
      resolve(is);
    });
  });
  if (!reached) {
    await bus.close();
    throw new FailureError(reason);
  }
  await quiet(bus);
  return bus;
}

const REFUSED = 'ask for a new line to join with (genlock rig key, on the first host)';

/** Resolves when the bus has told of no further host for a while. */
function quiet(bus: PostBus): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      stop();
      resolve();
    }, QUIET_MS);
    const stop = bus.onHost(() => timer.refresh());
  });
}

const placeOf = ({ host, port }: Membership): string => `the rig's broker at ${host}:${port}`;

/** One line for what the system or TLS says. */
function whyNot(membership: Membership, error: Error): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  const place = placeOf(membership);
  if (code === 'ECONNREFUSED') return `${place}: nothing listens there; does genlock agent run on the first host?`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `${place}: no such host is known`;
  // With another key the handshake ends with an alert.
  if (code.startsWith('ERR_SSL') || code === 'EPROTO') return `${place}: refuses this host's key: ${REFUSED}`;
  return `${place}: ${code || error.message}`;
}
