import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { RigKey } from '../../src/hosts/key/rig-key.ts';
import { identityOf } from '../../src/hosts/key/tls.ts';

/** Where Debian has it, which is not on everybody's PATH. */
const PROGRAM = ['mosquitto', '/usr/sbin/mosquitto'].find((name) => spawnSync(name, ['-h']).error === undefined);

/** True where there is one; tests with it skip by name where there is none. */
export const hasMosquitto = PROGRAM !== undefined;

/** Debian's broker on a port of the loopback, with rigs' keys. */
export class Mosquitto {
  readonly folder = mkdtempSync(join(tmpdir(), 'genlock-mosquitto-'));
  private readonly port: number;
  private child: ChildProcess | undefined;

  /** @param conf its configuration in the place of the usual one, by the folder in which `psk` has the keys. */
  constructor(port: number, keys: Readonly<Record<string, RigKey>>, conf?: (folder: string) => readonly string[]) {
    this.port = port;
    const psk = Object.entries(keys).map(
      ([rig, key]) => `${identityOf(rig, key)}:${key.derive('control').toString('hex')}\n`,
    );
    writeFileSync(join(this.folder, 'psk'), psk.join(''), { mode: 0o600 });
    const usual = [
      ...[`listener ${port} 127.0.0.1`, 'psk_hint genlock', `psk_file ${join(this.folder, 'psk')}`],
      ...['ciphers ECDHE-PSK-CHACHA20-POLY1305', 'tls_version tlsv1.2', 'allow_anonymous true', 'persistence false'],
      'max_queued_messages 10000',
    ];
    // As this user: it would become another one, who can't read the keys.
    const lines = [`user ${userInfo().username}`, 'log_type error', ...(conf?.(this.folder) ?? usual)];
    writeFileSync(join(this.folder, 'conf'), `${lines.join('\n')}\n`);
  }

  /** Its process's id, while it runs. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  async start(): Promise<void> {
    this.child = spawn(PROGRAM as string, ['-c', join(this.folder, 'conf')], { stdio: 'ignore' });
    while (!(await answers(this.port))) {
      if (this.child.exitCode !== null) throw new Error('mosquitto does not start');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async stop(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child === undefined) return;
    const over = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await over;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
