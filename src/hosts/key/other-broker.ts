import { isIPv6 } from 'node:net';
import { resolve } from 'node:path';
import { UsageError } from '../../errors.ts';
import { readText } from '../../regular-file.ts';
import { DEFAULT_PORT } from './join-line.ts';

/** A broker that no agent serves: any that speaks MQTT over TLS. */
export interface OtherBroker {
  /** What its certificate must be signed by; undefined where it shows none, but takes the rig's key (PSK). */
  readonly ca?: Authority | undefined;
}

/** Certificates of an authority. */
export interface Authority {
  /** Where they are, an absolute path. */
  readonly file: string;
  /** PEM. */
  readonly text: string;
}

/** Debian's file of all public authorities has 220 kB. */
const MOST_BYTES = 1 << 20;

/**
 * Where a broker is, as an address says it.
 * @param said names the flag or file that says so.
 * @throws UsageError
 */
export function readBrokerUrl(said: string, text: string): { host: string; port: number } {
  const found = /^mqtts:\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]{1,255})(?::(\d{1,5}))?\/?$/.exec(text);
  const port = Number(found?.[2] ?? DEFAULT_PORT);
  if (found !== null && port >= 1 && port <= 65_535) return { host: (found[1] ?? '').replace(/^\[|\]$/g, ''), port };
  const plain = text.startsWith('mqtt://') ? ' (mqtt:// has no TLS: it would show all that is said)' : '';
  throw new UsageError(`${said} ${text}: must be mqtts://HOST or mqtts://HOST:PORT${plain}`);
}

/** The same the other way round. */
export const brokerUrl = (host: string, port: number): string => `mqtts://${isIPv6(host) ? `[${host}]` : host}:${port}`;

/**
 * Reads an authority's certificates.
 * @param said names the flag or file that says so.
 * @throws UsageError
 */
export async function readAuthority(said: string, path: string): Promise<Authority> {
  const file = resolve(path);
  const text = await readText(file, MOST_BYTES).catch((error: NodeJS.ErrnoException) => {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${said} ${path}: can't be read: ${error.code ?? error.message}`);
  });
  if (text.includes('-----BEGIN CERTIFICATE-----')) return { file, text };
  throw new UsageError(`${said} ${path}: must be PEM: the certificate of the authority that signed the broker's`);
}
