import { randomInt } from 'node:crypto';
import dgram from 'node:dgram';
import { FailureError } from '../errors.ts';
import { bound } from './sync-links.ts';

/** Below the ports that systems give to sockets by themselves (Linux from 32768, others from 49152). */
const FIRST = 20_000;
const LAST = 32_767;
const TRIES = 100;

/** A UDP port that nothing else uses on this host. */
export interface HeldPort {
  readonly port: number;
  /** Lets go of it; again and again does no harm. */
  close(): Promise<void>;
}

/**
 * Finds a free UDP port, by chance so that other hosts hardly choose the same, and holds it: who looks for one
 * meanwhile finds it taken, and sockets that share their port (`SO_REUSEADDR`), as those of sync clients do, can use
 * it.
 * @throws FailureError where there is none.
 */
export async function holdFreePort(): Promise<HeldPort> {
  for (let i = 0; i < TRIES; i++) {
    const port = randomInt(FIRST, LAST + 1);
    if (!(await isFree(port))) continue;
    const socket = dgram.createSocket({ type: 'udp4', reuseAddr: true });
    try {
      // Nothing sent to a group arrives at this address.
      await bound(socket, port, '127.0.0.1');
    } catch {
      socket.close();
      continue;
    }
    socket.unref();
    let closed: Promise<void> | undefined;
    const close = (): Promise<void> => {
      closed ??= new Promise((resolve) => socket.close(() => resolve()));
      return closed;
    };
    return { port, close };
  }
  throw new FailureError(`no free UDP port from ${FIRST} to ${LAST}: end what holds them`);
}

async function isFree(port: number): Promise<boolean> {
  const probe = dgram.createSocket('udp4');
  try {
    await bound(probe, port);
    return true;
  } catch {
    return false;
  } finally {
    probe.close();
  }
}
