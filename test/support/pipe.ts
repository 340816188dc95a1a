import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

const HOST = '127.0.0.1';

/** Carries TCP to a port of the loopback, until it is cut or closed. */
export class Pipe {
  readonly port: number;
  private readonly server: Server;
  private readonly sockets: Set<Socket>;

  private constructor(server: Server, sockets: Set<Socket>) {
    this.server = server;
    this.sockets = sockets;
    this.port = (server.address() as AddressInfo).port;
  }

  static async open(to: number): Promise<Pipe> {
    const sockets = new Set<Socket>();
    const server = createServer((near) => {
      const far = connect(to, HOST);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(one);
        one.pipe(other);
        one.on('error', () => {});
        one.on('close', () => {
          sockets.delete(one);
          other.destroy();
        });
      }
    });
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
    return new Pipe(server, sockets);
  }

  /** Breaks what it carries; new connections come through. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    const over = new Promise((resolve) => this.server.close(resolve));
    this.cut();
    await over;
  }
}

/** A port of the loopback that is free now. */
export async function freePort(): Promise<number> {
  const pipe = await Pipe.open(1);
  await pipe.close();
  return pipe.port;
}
