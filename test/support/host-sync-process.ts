/**
 * A sync socket in a process of its own, for tests: options as JSON in the first argument, commands as lines on stdin
 * (`send HEX`, `close`), events as JSON lines on stdout.
 */
import { createInterface } from 'node:readline';
import { resolveInterface } from '../../src/host/interfaces.ts';
import { openSyncSocket, type SyncSocketOptions } from '../../src/host/sync-socket.ts';

const say = (event: object): boolean => process.stdout.write(`${JSON.stringify(event)}\n`);
const { uid, ...options } = JSON.parse(process.argv[2] ?? '{}') as Omit<SyncSocketOptions, 'onError' | 'interface'> & {
  interface?: string;
  uid?: number;
};

try {
  if (uid !== undefined) process.setuid?.(uid);
  const socket = await openSyncSocket({
    ...options,
    interface: resolveInterface(options.interface),
    onMessage: (bytes, from) =>
      say({ event: 'message', hex: Buffer.from(bytes).toString('hex'), from, counts: socket.counts }),
    onError: (error) => say({ event: 'error', name: error.name, message: error.message }),
  });
  say({ event: 'open' });
  for await (const line of createInterface({ input: process.stdin })) {
    const [command, hex = ''] = line.split(' ');
    if (command === 'send') {
      const tried = (): number => socket.counts.sent + socket.counts.sendErrors;
      const before = tried();
      socket.send(Buffer.from(hex, 'hex'));
      while (tried() === before) await new Promise((resolve) => setImmediate(resolve));
    }
    say({ event: 'done', counts: socket.counts });
  }
  await socket.close();
} catch (error) {
  const { name, message } = error as Error;
  say({ event: 'refused', name, message });
}
