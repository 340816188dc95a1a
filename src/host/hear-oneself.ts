import { holdFreePort } from './free-port.ts';
import { ipv4Interfaces } from './interfaces.ts';
import { defaultInterface } from './sync-links.ts';
import { openSyncSocket } from './sync-socket.ts';

/** What became of a message that this host sent to itself. */
export interface Heard {
  /** The interface that it went out by; undefined where none can be used. */
  readonly name?: string;
  readonly heard: boolean;
}

/** A message is sent again after this long, in ms: the first may come before the socket has joined. */
const AGAIN_MS = 50;

/**
 * Sends messages to a multicast group on a port that nobody else listens on, and waits until one comes back, as
 * messages between two processes of this host do.
 * @param address of the interface; undefined leaves it to the system's routes.
 */
export async function hearOneself(group: string, address: string | undefined, mostMs: number): Promise<Heard> {
  const held = await holdFreePort();
  const { port } = held;
  try {
    const name =
      address === undefined
        ? await defaultInterface(group, port)
        : (ipv4Interfaces().find((each) => each.address === address)?.name ?? address);
    let hear = (): void => {};
    const coming = new Promise<true>((resolve) => {
      hear = () => resolve(true);
    });
    const socket = await openSyncSocket({
      ...{ group, port, interface: address, role: 'both' },
      onMessage: () => hear(),
      onError: () => {},
    });
    const ask = (): void => socket.send(new TextEncoder().encode('genlock doctor'));
    const asking = setInterval(ask, AGAIN_MS);
    let giveUp: NodeJS.Timeout | undefined;
    const silence = new Promise<false>((resolve) => {
      giveUp = setTimeout(() => resolve(false), mostMs);
    });
    ask();
    const heard = await Promise.race([coming, silence]);
    clearInterval(asking);
    clearTimeout(giveUp);
    await socket.close();
    return { name, heard };
  } catch {
    return { heard: false };
  } finally {
    await held.close();
  }
}
