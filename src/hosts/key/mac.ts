import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a datagram has room for, and what nobody guesses, in bytes. */
export const MAC_BYTES = 16;

/** HMAC-SHA-256 (RFC 2104) of what stands there, its first 16 bytes. */
export const macOf = (key: Uint8Array, bytes: Uint8Array): Uint8Array =>
  createHmac('sha256', key).update(bytes).digest().subarray(0, MAC_BYTES);

/** Whether it is the one of these bytes; how long that takes tells nobody how much of it is right. */
export const isMac = (key: Uint8Array, bytes: Uint8Array, mac: Uint8Array): boolean =>
  mac.length === MAC_BYTES && timingSafeEqual(macOf(key, bytes), mac);
