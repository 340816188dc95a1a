import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { FailureError } from '../../../errors.ts';
import type { Address } from './address.ts';
import type { Output } from './output.ts';
import { unreachable } from './unreachable.ts';

/** What fits an Ethernet frame of 1500 bytes behind the headers of IPv4 and UDP; also FFmpeg's default. */
const PACKET_BYTES = 1472;

/** Sends datagrams to a host. Nobody needs to listen there. */
export async function openUdp(file: string, address: Address, packetBytes = PACKET_BYTES): Promise<Output> {
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
  const most = address.packetBytes ?? packetBytes;
  return {
    async write(bytes) {
      for (let at = 0; at < bytes.length; at += most) {
        const packet = bytes.subarray(at, at + most);
        await new Promise<void>((resolve, reject) => {
          socket.send(packet, address.port, host.address, (cause) => (cause ? reject(failed(cause)) : resolve()));
        });
      }
    },
    close: () => new Promise((resolve) => socket.close(() => resolve())),
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
