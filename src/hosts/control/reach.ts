import { FailureError } from '../../errors.ts';
import type { Place } from '../discovery/finder.ts';
import type { Membership } from '../key/membership.ts';
import type { HostState } from './host-state.ts';
import { type BrokerSearch, mqttPost } from './mqtt-post.ts';
import { PlaceSearch } from './place-search.ts';
import { PostBus } from './post-bus.ts';

/** So long a broker is tried, in ms, by those who do not wait for it. */
const TRY_MS = 6_000;
/** A broker that refuses us at one place is found at another by then, in ms. */
const FIND_MS = 2_500;
/** No further host is told of for so long, in ms: then all are known that the broker knew. */
const QUIET_MS = 300;

/** Who comes, and how it hears why the broker is not reached. */
export interface BusOptions {
  /** An agent's first state. */
  readonly state?: HostState;
  /** Hosts that somebody who asks hears of; default: all. */
  readonly follows?: readonly string[];
  /** Each reason once in a row, in a line; `own` is false for a place that was only found. */
  readonly onFailure?: (reason: string, own: boolean) => void;
  /** Where the agent that serves the broker reaches it itself. Others look for it where it is not where it was. */
  readonly at?: () => Place;
  /** Where the broker was reached, each time. */
  readonly onPlace?: (place: Place) => void;
}

/** This host's end on its rig's bus, whether or not the broker is there yet. */
export function openBus(membership: Membership, { state, follows, at, onFailure, onPlace }: BusOptions = {}): PostBus {
  const { rig, name, serves, broker } = membership;
  let last: string | undefined;
  const search =
    at !== undefined ? staying(at) : broker === undefined ? new PlaceSearch(rig, membership, onPlace) : undefined;
  const failed = (error: Error, place: Place): void => {
    const own = at !== undefined || (place.host === membership.host && place.port === membership.port);
    const reason = own ? whyNot(membership, error) : `${place.host}:${place.port} says that it is ${rig}: ${STRANGER}`;
    if (reason !== last) onFailure?.(reason, own);
    last = reason;
  };
  const post = mqttPost({ ...membership, ...at?.() }, failed, search);
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
export async function reachRig(
  membership: Membership,
  { onPlace }: Pick<BusOptions, 'onPlace'> = {},
): Promise<PostBus> {
  let reason = `${placeOf(membership)}: nothing answers`;
  let refused: () => void = () => {};
  const bus = openBus(membership, {
    ...(onPlace !== undefined && { onPlace }),
    onFailure: (why, own) => {
      if (own) reason = why;
      if (own && REFUSED.some((end) => why.endsWith(end))) refused();
    },
  });
  const reached = await new Promise<boolean>((resolve) => {
    let late = setTimeout(() => resolve(false), TRY_MS);
    refused = () => {
      clearTimeout(late);
      // Another rig may have the address by now, and this one another: it is found within so long, or not at all.
      late = setTimeout(() => resolve(false), membership.broker === undefined ? FIND_MS : 0);
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

/** What no further try changes. */
const REFUSED = [
  'ask for a new line to join with (genlock rig key, on the first host)',
  'give it the line that the first host prints for brokers (docs/hosts.md)',
  'name the file of the authority that signed it',
];

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

const STRANGER = 'it does not have the key';

/** No other place than this one. */
const staying = (at: () => Place): BrokerSearch => ({
  ...{ next: at, begin: () => {}, reached: () => {}, lost: () => {}, close: () => {} },
});

const placeOf = ({ host, port }: Membership): string => `the rig's broker at ${host}:${port}`;

/** MQTT 3.1.1, 3.2.2.3: bad user name or password, not authorised. */
const NOT_AUTHORISED = [4, 5];
/** What Node says of certificates that are not of the authority. */
const NOT_ITS = /^(DEPTH_ZERO_|SELF_SIGNED|UNABLE_TO_(GET|VERIFY))/;

/** One line for what the system, TLS or the broker says. */
function whyNot(membership: Membership, error: Error): string {
  const { code = '' } = error as { code?: string | number };
  const place = placeOf(membership);
  const [otherKey, unknown, authority] = REFUSED;
  const { broker } = membership;
  const is = String(code);
  if (is === 'ECONNREFUSED') {
    const runs = broker === undefined ? 'does genlock agent run on the first host?' : 'does the broker run?';
    return `${place}: nothing listens there; ${runs}`;
  }
  if (is === 'ENOTFOUND' || is === 'EAI_AGAIN') return `${place}: no such host is known`;
  if (error.message.includes('wrong version number'))
    return `${place}: speaks no TLS there; name the port at which it does`;
  if (NOT_ITS.test(is)) return `${place}: its certificate is not of ${broker?.ca?.file}: ${authority}`;
  if (is === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `${place}: its certificate is for another name; name the broker as the certificate does`;
  }
  if (is === 'CERT_HAS_EXPIRED') return `${place}: its certificate has expired; renew it there`;
  if (NOT_AUTHORISED.includes(Number(code))) return `${place}: does not know the rig's password: ${unknown}`;
  // With another key the handshake ends with an alert.
  if (is.startsWith('ERR_SSL') || is === 'EPROTO') {
    if (broker === undefined) return `${place}: refuses this host's key: ${otherKey}`;
    return broker.ca === undefined
      ? `${place}: does not know the rig's key: ${unknown}`
      : `${place}: shows no certificate that is good: ${is}`;
  }
  if (is === 'ECONNRESET' && broker !== undefined) return `${place}: ends the connection; does it speak TLS there?`;
  return `${place}: ${is || error.message}`;
}
