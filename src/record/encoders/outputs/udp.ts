import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { FailureError } from '../../../errors.ts';
import type { Address } from './address.ts';
import { unreachable } from './address.ts';
import type { Output } from './output.ts';

/** What fits an Ethernet frame of 1500 bytes behind the headers of IPv4 and UDP; also FFmpeg's default. */
const PACKET_BYTES = 1472;

/** Bytes of a packet of MPEG-TS; receivers expect whole ones in a datagram, up to seven. */
const MPEGTS_BYTES = 188;

/**
 * Sends datagrams to a host. Nobody needs to listen there.
 * @param container Name of the container in FFmpeg.
 */
export async function openUdp(file: string, address: Address, container?: string): Promise<Output> {
  const host = await lookup(address.host).catch((cause) => {
    throw unreachable(file, cause);
  });
  const type = host.family === 6 ? 'udp6' : 'udp4';
  await findRoute(file, createSocket(type), host.address, address.port);
  const socket = createSocket(type);
  const failed = (cause: Error) =>
    new FailureError(`${file}: recording stopped: ${unreachable(file, cause).message.slice(file.length + 2)}`, {
      cause,
    });
  await new Promise<void>((resolve, reject) => {
    // From then on errors come with what was sent.
    socket.on('error', (cause) => reject(unreachable(file, cause)));
    socket.bind(0, resolve);
  });
  if (address.ttl !== undefined) socket.setMulticastTTL(address.ttl);
  const unit = container === 'mpegts' ? MPEGTS_BYTES : 1;
  const most = address.packetBytes ?? (unit > 1 ? 7 * unit : PACKET_BYTES);
  const step = Math.max(unit, most - (most % unit));
  /** The beginning of a unit that has yet to come whole. */
  let rest: Uint8Array = new Uint8Array(0);
  const send = (packet: Uint8Array) =>
    new Promise<void>((resolve, reject) => {
      socket.send(packet, address.port, host.address, (cause) => (cause ? reject(failed(cause)) : resolve()));
    });
  return {
    async write(bytes) {
      const all = rest.length > 0 ? Buffer.concat([rest, bytes]) : bytes;
      const end = all.length - (all.length % unit);
      rest = Uint8Array.from(all.subarray(end));
      for (let at = 0; at < end; at += step) await send(all.subarray(at, Math.min(at + step, end)));
    },
    async close() {
      if (rest.length > 0) await send(rest);
      await new Promise<void>((resolve) => socket.close(resolve));
    },
  };
}

/** A socket that connects looks for a route and sends nothing. */
function findRoute(file: string, probe: Socket, host: string, port: number): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const done = (cause?: Error) => {
      probe.close();
      if (cause) reject(unreachable(file, cause));
      else resolve();
    };
    probe.once('error', done);
    probe.connect(port, host, () => {
      probe.off('error', done);
      done();
    });
  });
}
