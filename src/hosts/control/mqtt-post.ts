import { randomBytes } from 'node:crypto';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import type { Place } from '../discovery/finder.ts';
import type { OtherBroker } from '../key/other-broker.ts';
import type { RigKey } from '../key/rig-key.ts';
import { clientTls, controlSecret, identityOf } from '../key/tls.ts';
import type { Letter, OpenPost, Post, PostRequest } from './post.ts';

/**
 * A sign of life at least so often, in s. A broker takes an end for gone after one and a half of it (MQTT 3.1.1,
 * 3.1.2.10): 3 s.
 */
const KEEP_ALIVE_S = 2;
/** From a lost connection to the next try, in ms. */
const AGAIN_MS = 500;
/** A broker that does not answer is tried anew after so long, in ms. */
const CONNECT_MS = 5_000;
/** What was sent is waited for so long when it is closed, in ms. */
const CLOSE_MS = 1_000;

/** Where a rig's broker is. */
export interface BrokerAddress {
  readonly rig: string;
  readonly key: RigKey;
  readonly host: string;
  readonly port: number;
  /** Undefined where an agent serves it. */
  readonly broker?: OtherBroker | undefined;
}

/**
 * A connection by MQTT 3.1.1 to any broker that takes the rig's key, in the handshake or as a password.
 * @param onFailure hears why the broker is not reached, at each try: an error of the system's, or of TLS.
 */
export function mqttPost(
  { rig, key, host, port, broker }: BrokerAddress,
  onFailure: (error: Error, place: Place) => void,
  search?: BrokerSearch,
): OpenPost {
  return (request) => {
    const options: IClientOptions = {
      ...{ protocol: 'mqtts', host, port, protocolVersion: 4, clean: true, resubscribe: false },
      ...{ keepalive: KEEP_ALIVE_S, reconnectPeriod: AGAIN_MS, connectTimeout: CONNECT_MS, queueQoSZero: false },
      clientId: `genlock-${randomBytes(6).toString('hex')}`,
      ...(broker?.ca === undefined ? clientTls(rig, key, 'control') : withCertificate(rig, key, broker.ca.text)),
      ...willOf(request),
    };
    const client = mqtt.connect(options);
    // What it was told at the beginning may have changed.
    let place: Place = { host, port };
    client.on('reconnect', () => {
      place = search?.next() ?? place;
      Object.assign(client.options, willOf(request), place);
    });
    const post = new MqttPost(client, request, search);
    // How an end of a connection that was well looks says nothing of the next.
    client.on('error', (error) => {
      if (post.tries) onFailure(error, place);
    });
    // Another place is tried at once: the first may let a connection wait for long.
    search?.begin(() => {
      if (!client.connected) client.stream.destroy();
    });
    client.on('connect', () => search?.reached(place));
    client.on('close', () => search?.lost());
    return post;
  };
}

/** Where else a broker may be, while it is not reached. */
export interface BrokerSearch {
  /** Begins; `onPlace` is to be called when there is another place. */
  begin(onPlace: () => void): void;
  /** Where to try next. */
  next(): Place;
  /** It is reached there. */
  reached(place: Place): void;
  /** It is lost, or was not reached. */
  lost(): void;
  close(): void;
}

class MqttPost implements Post {
  private readonly client: MqttClient;
  private readonly topics: Set<string>;
  private readonly search: BrokerSearch | undefined;
  private reached = false;
  private closing = false;

  constructor(client: MqttClient, request: PostRequest, search?: BrokerSearch) {
    this.client = client;
    this.search = search;
    this.topics = new Set(request.subscriptions);
    client.on('message', (topic, payload) => request.onLetter({ topic, text: payload.toString('utf8') }));
    client.on('connect', () => {
      client.subscribe([...this.topics], { qos: 1 }, (error) => {
        if (error || !client.connected || this.closing) return;
        this.reached = true;
        request.onReached(true);
      });
    });
    client.on('close', () => {
      if (!this.reached) return;
      this.reached = false;
      request.onReached(false);
    });
  }

  /** True while the broker is tried and not reached. */
  get tries(): boolean {
    return !this.reached && !this.closing;
  }

  subscribe(topic: string): void {
    if (this.topics.has(topic)) return;
    this.topics.add(topic);
    if (this.client.connected && !this.closing) this.client.subscribe(topic, { qos: 1 }, () => {});
  }

  send({ topic, text, kept = false }: Letter): void {
    if (this.reached) this.client.publish(topic, text, { qos: 1, retain: kept }, () => {});
  }

  close(): Promise<void> {
    this.closing = true;
    this.search?.close();
    return new Promise<void>((resolve) => {
      // Ends behind what is under way; a broker that says nothing more is not waited for.
      const late = setTimeout(() => {
        this.client.stream.destroy();
        resolve();
      }, CLOSE_MS);
      this.client.end(!this.reached, {}, () => {
        clearTimeout(late);
        resolve();
      });
    });
  }
}

/** Who shows a certificate is told behind the handshake who we are. */
const withCertificate = (rig: string, key: RigKey, ca: string): IClientOptions => ({
  ...{ ca, minVersion: 'TLSv1.2', username: identityOf(rig, key), password: controlSecret(key) },
});

function willOf({ will }: PostRequest): Pick<IClientOptions, 'will'> {
  if (will === undefined) return {};
  const { topic, text, kept = false } = will();
  return { will: { topic, payload: Buffer.from(text), qos: 1, retain: kept } };
}
