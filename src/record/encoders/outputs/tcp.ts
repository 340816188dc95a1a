import { connect, createServer, type Socket } from 'node:net';
import { FailureError } from '../../../errors.ts';
import type { Address } from './address.ts';
import { unreachable } from './address.ts';

/** How long a connection may take to come about, ms. */
const CONNECT_MS = 10_000;

/** Connects to a reader. A reader that only ends its own side (`nc -N`) still reads: the connection stays half open. */
export function connectTcp(file: string, { host, port }: Address, signal?: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(stopped(file));
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    const fail = (error: Error) => {
      settled();
      socket.on('error', () => {});
      socket.destroy();
      reject(error);
    };
    const refused = (cause: Error) => fail(unreachable(file, cause));
    const slow = () => refused(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
    const abort = () => fail(stopped(file));
    const settled = () => {
      socket.setTimeout(0);
      socket.off('error', refused).off('timeout', slow);
      signal?.removeEventListener('abort', abort);
    };
    signal?.addEventListener('abort', abort);
    socket.on('error', refused).setTimeout(CONNECT_MS, slow);
    socket.once('connect', () => {
      settled();
      // What the reader says is not heard, but has to be taken so that its going away is seen.
      resolve(socket.resume());
    });
  });
}

/** Waits at an address for one reader. */
export function listenTcp(file: string, { host, port }: Address, signal?: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(stopped(file));
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    const abort = () => {
      server.close();
      reject(stopped(file));
    };
    signal?.addEventListener('abort', abort);
    server.on('error', (cause) => {
      signal?.removeEventListener('abort', abort);
      reject(unreachable(file, cause));
    });
    server.once('connection', (socket: Socket) => {
      signal?.removeEventListener('abort', abort);
      server.close();
      resolve(socket.resume());
    });
    server.listen({ host, port, backlog: 1 });
  });
}

const stopped = (file: string): FailureError => new FailureError(`${file}: stopped before a reader was there`);
