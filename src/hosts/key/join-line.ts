import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { UsageError } from '../../errors.ts';
import { NAME, NAME_WORDS } from '../name.ts';
import { KEY_BYTES, RigKey } from './rig-key.ts';

/** MQTT with TLS, as IANA has it (secure-mqtt). */
export const DEFAULT_PORT = 8883;

/** What a host needs to become one of a rig. */
export interface JoinLine {
  /** The rig's name. */
  readonly rig: string;
  /** Where its broker is: a host's name or address. */
  readonly host: string;
  readonly port: number;
  readonly key: RigKey;
  /** How a broker that no agent serves is known: by the rig's key (psk) or by a certificate (ca). */
  readonly known?: 'psk' | 'ca' | undefined;
}

/** Of the sum behind the key, in bytes: a sign that was lost or mistyped is noticed. */
const SUM_BYTES = 2;
const FORM = 'genlock://HOST:PORT/RIG#KEY, as genlock rig create prints it';

/** The line to paste: `genlock://10.0.0.1:8883/studio#KEY`. It holds the key. */
export function joinLine({ rig, host, port, key, known }: JoinLine): string {
  const epoch = Buffer.alloc(2);
  epoch.writeUInt16BE(key.epoch);
  const body = Buffer.concat([key.secret(), epoch]);
  const place = `${isIPv6(host) ? `[${host}]` : host}${port === DEFAULT_PORT ? '' : `:${port}`}`;
  const how = known === undefined ? '' : `?broker=${known}`;
  return `genlock://${place}/${rig}${how}#${Buffer.concat([body, sumOf(rig, body)]).toString('base64url')}`;
}

/**
 * Reads such a line.
 * @throws UsageError which says what is wrong with it, and nothing of what it holds.
 */
export function readJoinLine(text: string): JoinLine {
  const found =
    /^genlock:\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(?::(\d{1,5}))?\/([^/#?]*)(?:\?broker=(psk|ca))?#(\S*)$/.exec(
      text.trim(),
    );
  if (found === null) throw wrong(`must be ${FORM}`);
  const [, host = '', port = String(DEFAULT_PORT), rig = '', known, secret = ''] = found;
  if (Number(port) < 1 || Number(port) > 65_535) throw wrong('its port must be from 1 to 65535');
  if (!NAME.test(rig)) throw wrong(`its rig's name must be ${NAME_WORDS}`);
  const place = { rig, host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
  return { ...place, key: readKey(rig, secret), ...(known !== undefined && { known: known as 'psk' | 'ca' }) };
}

/** The key from the form that a line has it in. */
function readKey(rig: string, secret: string): RigKey {
  const all = Buffer.from(secret, 'base64url');
  const body = all.subarray(0, KEY_BYTES + 2);
  const whole = all.length === KEY_BYTES + 2 + SUM_BYTES && all.toString('base64url') === secret;
  const epoch = whole ? body.readUInt16BE(KEY_BYTES) : 0;
  if (epoch === 0 || !sumOf(rig, body).equals(all.subarray(KEY_BYTES + 2))) {
    throw wrong('its key is not whole; copy the line anew (genlock rig key shows it on the first host)');
  }
  return new RigKey(body.subarray(0, KEY_BYTES), epoch);
}

const sumOf = (rig: string, body: Uint8Array): Buffer =>
  createHash('sha256').update(`${rig}#`).update(body).digest().subarray(0, SUM_BYTES);

const wrong = (why: string): UsageError => new UsageError(`the line to join with: ${why}`);
