import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostState } from '../../src/hosts/control/host-state.ts';
import { RemoteFiles } from '../../src/hosts/files/remote-files.ts';
import { FilesServer } from '../../src/hosts/files/server.ts';
import type { Membership } from '../../src/hosts/key/membership.ts';
import { RigKey } from '../../src/hosts/key/rig-key.ts';
import { clientTls, serverTls } from '../../src/hosts/key/tls.ts';
import { Random } from '../../src/sensor/random.ts';
import { stateOf } from './host-state.ts';

/** The take that hosts of tests have. */
export const TAKE = 'take1';
/** A key that a process of a test knows as well. */
export const KEY = new RigKey(Buffer.alloc(32, 7), 1);
export const HERE = '127.0.0.1';
/** What makes a test's process a host of the rig. */
export const MEMBERSHIP: Membership = { rig: 'studio', host: HERE, port: 1, name: 'pi1', serves: true, key: KEY };
/** A host that serves its files at that port. */
export const hostAt = (host: string, filesPort: number): HostState =>
  stateOf(host, { addresses: ['127.0.0.2', HERE], filesPort });

/** Bytes of which no two chunks are the same. */
export function anyBytes(length: number, seed = 1): Buffer {
  const random = new Random(seed);
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32LE(Math.floor(random.next() * 2 ** 32), at);
  return bytes;
}

/** A folder `there` that is served as `TAKE`, and a folder `here` for what is fetched. */
export class FilesHost {
  readonly root = mkdtempSync(join(tmpdir(), 'genlock-gather-'));
  readonly there = join(this.root, 'there');
  readonly here = join(this.root, 'here');
  /** Files that somebody writes there. */
  readonly written = new Set<string>();
  private server: FilesServer | undefined;
  private readonly askers: RemoteFiles[] = [];

  constructor() {
    mkdirSync(this.there);
    mkdirSync(this.here);
  }

  put(name: string, bytes: Uint8Array): void {
    writeFileSync(join(this.there, name), bytes);
  }

  /** @returns its port: the same one again where it is given. */
  async serve(port = 0): Promise<number> {
    this.server = await FilesServer.listen({
      tls: serverTls('studio', KEY, 'files'),
      address: HERE,
      port,
      folderOf: (take) => (take === TAKE && existsSync(this.there) ? this.there : undefined),
      writtenIn: async () => this.written,
    });
    return this.server.port;
  }

  async stop(): Promise<void> {
    await this.server?.close();
    this.server = undefined;
  }

  ask(port: number, key = KEY): RemoteFiles {
    const remote = new RemoteFiles({ host: 'pi2', address: HERE, port }, TAKE, clientTls('studio', key, 'files'));
    this.askers.push(remote);
    return remote;
  }

  async close(): Promise<void> {
    for (const remote of this.askers) remote.close();
    await this.stop();
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Carries bytes to a port, and cuts all that it carries when it is told to. */
export class Relay {
  /** Bytes that it gave to whoever asks. */
  carried = 0;
  /** Called with each piece to whoever asks, before it is sent. */
  onPiece: () => void = () => {};
  private readonly sockets = new Set<Socket>();
  private readonly server;

  constructor(port: () => number) {
    this.server = createServer((asker) => {
      const host = connect(port(), HERE);
      for (const socket of [asker, host]) {
        this.sockets.add(socket);
        socket
          .on('error', () => {})
          .on('close', () => {
            this.sockets.delete(socket);
            asker.destroy();
            host.destroy();
          });
      }
      asker.pipe(host);
      host.on('data', (piece: Buffer) => {
        this.onPiece();
        if (asker.destroyed) return;
        this.carried += piece.length;
        if (!asker.write(piece)) {
          host.pause();
          asker.once('drain', () => host.resume());
        }
      });
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((done) => this.server.listen(0, HERE, done));
    return (this.server.address() as { port: number }).port;
  }

  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  close(): void {
    this.cut();
    this.server.close();
  }
}
