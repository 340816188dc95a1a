import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { TlsOptions } from 'node:tls';
import { TAKE_WORD } from '../../take-words.ts';
import { CHUNK_BYTES } from './manifest.ts';
import { listFiles, removeFile, ServedFile } from './served-file.ts';

/** Connections at once: each asker has two. Whoever has no key holds one for `HANDSHAKE_MS` at most. */
const MOST_CONNECTIONS = 64;
const HANDSHAKE_MS = 5_000;
/** For the head of a request; none has a body. */
const REQUEST_MS = 10_000;
/** A connection on which nothing moves for as long is cut: its asker asks again. */
const IDLE_MS = 30_000;

/** What a host serves files with. */
export interface FilesServerOptions {
  /** The rig's key, as `tls.createServer` takes it. */
  readonly tls: TlsOptions;
  /** Default: all addresses. */
  readonly address?: string;
  /** Default: one that is free. */
  readonly port?: number;
  /** Where this host has files of that take; undefined where it has none that it would give away. */
  readonly folderOf: (take: string) => string | undefined;
  /** Names of files in a folder that somebody has open to write them. */
  readonly writtenIn: (folder: string) => Promise<ReadonlySet<string>>;
}

/** A request that can't be done, by HTTP's numbers. */
class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Gives away the files of takes, to those who have the rig's key:
 *
 *     GET /takes/TAKE                    which files there are (`listing`)
 *     GET /takes/TAKE/FILE?hashes=FROM   a page of its chunks' hashes (`manifestPage`)
 *     GET /takes/TAKE/FILE               its bytes; with Range and If-Match
 *     DELETE /takes/TAKE/FILE            with If-Match, so that nobody removes what he doesn't have
 */
export class FilesServer {
  private readonly server: Server;
  private readonly options: FilesServerOptions;

  private constructor(options: FilesServerOptions) {
    this.options = options;
    const { tls } = options;
    this.server = createServer({ ...tls, handshakeTimeout: HANDSHAKE_MS, requestTimeout: REQUEST_MS }, (req, res) => {
      void this.answer(req, res);
    });
    this.server.maxConnections = MOST_CONNECTIONS;
    this.server.setTimeout(IDLE_MS);
  }

  /** @throws what the system says where the port can't be had, with `code`. */
  static async listen(options: FilesServerOptions): Promise<FilesServer> {
    const made = new FilesServer(options);
    made.server.listen(options.port ?? 0, options.address);
    await once(made.server, 'listening');
    return made;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Cuts what is being sent. */
  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.serve(request, response);
    } catch (error) {
      // Once bytes are on their way, only an end that comes too early says that there are no more.
      if (response.headersSent) response.destroy();
      else send(response, error instanceof Refused ? error.status : 500, { error: (error as Error).message });
    }
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { folderOf, writtenIn } = this.options;
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://host');
    const [, takes, take = '', name, ...more] = pathname.split('/');
    const folder = takes === 'takes' && more.length === 0 && TAKE_WORD.test(take) ? folderOf(take) : undefined;
    if (folder === undefined) throw new Refused(404, 'no such take here');
    const match = request.headers['if-match'];
    if (request.method === 'DELETE' && name !== undefined) {
      if (match === undefined) throw new Refused(428, 'only what was fetched is removed: say which by If-Match');
      if ((await writtenIn(folder)).has(name)) throw new Refused(412, 'it is being written');
      if ((await removeFile(folder, name, unquoted(match))) === 'changed') throw new Refused(412, 'it changed');
      return send(response, 200, {});
    }
    if (request.method !== 'GET') throw new Refused(405, 'only GET and DELETE');
    if (name === undefined) return send(response, 200, { files: await listFiles(folder, await writtenIn(folder)) });
    const file = await ServedFile.open(folder, name);
    if (file === undefined) throw new Refused(404, 'no such file here');
    try {
      const from = searchParams.get('hashes');
      if (from !== null) {
        if (!/^\d{1,12}$/.test(from)) throw new Refused(400, 'hashes: must be the number of a chunk');
        return send(response, 200, await file.page(Number(from)));
      }
      if (match !== undefined && unquoted(match) !== file.version) throw new Refused(412, 'it changed');
      await sendBytes(file, request, response);
    } finally {
      await file.close();
    }
  }
}

async function sendBytes(file: ServedFile, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const range = readRange(request.headers.range, file.bytes);
  const { start, end } = range ?? { start: 0, end: file.bytes - 1 };
  response.writeHead(range === undefined ? 200 : 206, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': end - start + 1,
    'Accept-Ranges': 'bytes',
    ETag: `"${file.version}"`,
    ...(range && { 'Content-Range': `bytes ${start}-${end}/${file.bytes}` }),
  });
  if (end < start) return void response.end();
  const bytes = file.handle.createReadStream({ start, end, highWaterMark: CHUNK_BYTES, autoClose: false });
  // The other end may go at any time: that is no error of ours.
  await pipeline(bytes, response).catch(() => response.destroy());
}

/** One range, as RFC 9110 has it; others it lets a server refuse. Undefined where the whole is asked for. */
function readRange(head: string | undefined, bytes: number): { start: number; end: number } | undefined {
  if (head === undefined) return undefined;
  const [, first = '', last = ''] = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(head) ?? [];
  const [start, end] = [Number(first), last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1)];
  if (first === '' || start > end) throw new Refused(416, `it has ${bytes} bytes; ask for one range of them`);
  return { start, end };
}

const unquoted = (tag: string): string => tag.replace(/^"|"$/g, '');

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}
