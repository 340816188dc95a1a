import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { FailureError, OptionError } from '../../errors.ts';
import { hrtimeUs } from '../../host/hrtime.ts';
import { clockPage } from './page.ts';

/** Screens, browsers' spare connections and some more. */
const MOST_CONNECTIONS = 200;
/** For the head of a request, ms: what sends it more slowly is no browser. */
const HEADERS_MS = 10_000;

export interface ClockServer {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves the page with the pixel clock, and the time of this machine's monotonic clock to it.
 * @param host The address to listen on. @param port 0 takes any free one.
 * @throws UsageError where it can't listen there, FailureError where the page's script is not built.
 */
export async function serveClock(host: string, port: number): Promise<ClockServer> {
  const page = clockPage(await pageScript());
  const server = createServer((request, response) => {
    // Compared as it came: a request line may hold anything, and most of that is no address.
    const path = /^[^?#]*/.exec(request.url ?? '')?.[0];
    const answer =
      request.method !== 'GET' ? undefined : path === '/' ? page : path === '/time' ? `${hrtimeUs()}` : undefined;
    request.on('error', () => {}).resume();
    response.on('error', () => {});
    response.writeHead(answer === undefined ? 404 : 200, {
      'content-type': path === '/' && answer !== undefined ? 'text/html; charset=utf-8' : 'text/plain',
      'cache-control': 'no-store',
    });
    response.end(answer ?? 'not here\n');
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.headersTimeout = HEADERS_MS;
  server.requestTimeout = HEADERS_MS;
  server.on('clientError', (_, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
    else socket.destroy();
  });
  // Nothing is spoken here but requests and answers.
  for (const event of ['upgrade', 'connect']) {
    server.on(event, (_, socket: Socket) => socket.on('error', () => {}).destroy());
  }
  await listen(server, host, port);
  return {
    host,
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) => {
      const inUse = code === 'EADDRINUSE';
      reject(
        inUse
          ? new OptionError('port', port, 'something listens there already; give another one, or 0 for any')
          : new OptionError('host', host, `can't be listened on (${code}); give an address of this machine`),
      );
    });
    server.listen(port, host, () => {
      // A connection that can't be taken (no descriptor is free) is one page that does not load.
      server.removeAllListeners('error').on('error', () => {});
      resolve();
    });
  });
}

/** The page's script as it was built: beside this file when built, in dist/ when this runs from the sources. */
async function pageScript(): Promise<string> {
  for (const place of ['./clock-page.js', '../../../dist/clock-page.js']) {
    const text = await readFile(fileURLToPath(new URL(place, import.meta.url)), 'utf8').catch(() => undefined);
    if (text !== undefined) return text;
  }
  throw new FailureError("the page's script is missing: run npm run build");
}
