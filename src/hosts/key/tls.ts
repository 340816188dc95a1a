import type { TlsOptions } from 'node:tls';
import type { KeyUse, RigKey } from './rig-key.ts';

/**
 * TLS 1.2 with a pre-shared key, ephemeral Diffie-Hellman before it (RFC 8442's family; ChaCha20 of RFC 7905): both
 * ends prove that they have the key, and who gets it later can't read what was said before. No certificates.
 */
const TLS = {
  ciphers: 'ECDHE-PSK-CHACHA20-POLY1305',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
} as const;

/** What a client says in the open of the key that it has: the rig's name and which of its keys. */
export const identityOf = (rig: string, key: RigKey): string => `${rig}.${key.epoch}`;

/** What a broker that no agent serves has to know of the key, in hex: a psk, or a password. */
export const controlSecret = (key: RigKey): string => key.derive('control').toString('hex');

/** What a server of this rig takes: for `tls.createServer` and `https.createServer`. */
export function serverTls(rig: string, key: RigKey, use: KeyUse): TlsOptions {
  const psk = key.derive(use);
  const own = identityOf(rig, key);
  return {
    ...TLS,
    pskIdentityHint: own,
    pskCallback: (_, identity) => (identity === own ? psk : null),
  };
}

/** What a client of this rig takes: for `tls.connect` and `https.request`. */
export function clientTls(rig: string, key: RigKey, use: KeyUse) {
  const psk = key.derive(use);
  const identity = identityOf(rig, key);
  return {
    ...TLS,
    pskCallback: () => ({ psk, identity }),
    // There is no certificate: the key proves who the other end is.
    checkServerIdentity: () => undefined,
  };
}
