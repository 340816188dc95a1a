import { createSocket } from 'node:dgram';
import makeMdns from 'multicast-dns';

/** RFC 6762: where all listen. */
const GROUP = '224.0.0.251';
const PORT = 5353;

/**
 * Multicast DNS on one interface and on no other.
 * @param address of the interface.
 * @returns undefined where the interface is not there, or takes no multicast.
 */
export async function openMdns(address: string): Promise<makeMdns.MulticastDNS | undefined> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      // Bound to the group, a socket hears nothing else; Windows can't bind so.
      socket.bind({ port: PORT, ...(process.platform !== 'win32' && { address: GROUP }) }, resolve);
    });
    // Before anything is sent: without it the system would choose the interface.
    socket.setMulticastInterface(address);
    socket.addMembership(GROUP, address);
    socket.setMulticastTTL(255);
    socket.setMulticastLoopback(true);
  } catch {
    socket.close();
    return undefined;
  }
  const mdns = makeMdns({ socket, bind: false, multicast: false });
  // What somebody sends that is no DNS, and a network that is away, end nothing.
  mdns.on('error', () => {});
  return mdns;
}
