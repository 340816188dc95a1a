import dgram from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { openClock } from '../src/host/clock.ts';
import { loadKoffi } from '../src/host/koffi.ts';
import { openStampedSocket } from '../src/host/stamped-socket.ts';
import { HostClocks } from '../src/hosts/exchange/host-clocks.ts';
import { macOf } from '../src/hosts/key/mac.ts';
import { RigKey } from '../src/hosts/key/rig-key.ts';
import type { HostOffset } from '../src/sync/exchange/host-offset.ts';
import { EXCHANGE_BYTES, EXCHANGE_SIGNED_BYTES, encodeExchange } from '../src/wire/exchange.ts';

const key = RigKey.create();
const [OURS, THEIRS] = ['00000000000000aa', '00000000000000bb'];
const LOOPBACK = ['127.0.0.1'];

describe('clocks of hosts on one network', () => {
  const opened: { close(): Promise<void> }[] = [];
  const open = async (hostId: string, error?: string, of = key): Promise<HostClocks> => {
    const clocks = await HostClocks.open({ key: of, hostId, clock: openClock({ error }) });
    opened.push(clocks);
    return clocks;
  };
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
  });

  it('are read through one another to within the bound that is stated, hours apart', async () => {
    const theirs = await open(THEIRS, 'offset=-86400s,boot-offset=7200s,boot-ppm=40');
    const ours = await open(OURS, 'boot-offset=60s,boot-ppm=-35');
    const followed = ours.follow({ hostId: THEIRS, addresses: ['no address', ...LOOPBACK], exchangePort: theirs.port });
    const told: HostOffset[] = [];
    followed.onOffset((offset) => told.push(offset));
    await expect.poll(() => told.length).toBeGreaterThan(4);
    for (const { offsetUs, boundUs, atBootUs } of told) {
      const machineUs = (atBootUs - 60e6) / (1 - 35e-6);
      const truthUs = machineUs * (1 + 40e-6) + 7200e6 - atBootUs;
      expect(Math.abs(truthUs - offsetUs)).toBeLessThanOrEqual(boundUs);
    }
  });

  it('are told to nobody without the key, nor is what he answers believed', async () => {
    const theirs = await open(THEIRS, undefined, RigKey.create());
    const ours = await open(OURS);
    const followed = ours.follow({ hostId: THEIRS, addresses: LOOPBACK, exchangePort: theirs.port });
    await expect.poll(() => theirs.turnedAway).toBeGreaterThan(3);
    expect(followed.offset(openClock().boot())).toBeUndefined();
  });

  it('are asked for nowhere where a host has no port for it, and of another run of a host nothing is known', async () => {
    const theirs = await open(THEIRS);
    const ours = await open(OURS);
    const none = ours.follow({ hostId: THEIRS, addresses: LOOPBACK, exchangePort: 0 });
    const before = ours.follow({ hostId: '00000000000000cc', addresses: LOOPBACK, exchangePort: theirs.port });
    const now = ours.follow({ hostId: THEIRS, addresses: LOOPBACK, exchangePort: theirs.port });
    await expect.poll(() => now.offset(openClock().boot())).toBeDefined();
    for (const each of [none, before]) expect(each.heardUs).toBeUndefined();
  });

  it('answer each question of the rig once, and what is cut, changed or for others never', async () => {
    const theirs = await open(THEIRS);
    const secret = key.derive('exchange');
    const signed = (change: Partial<Parameters<typeof encodeExchange>[0]> = {}): Uint8Array => {
      const asked = { kind: 'question', from: OURS, to: THEIRS, sequence: 7, askedUs: 1, heardUs: 0, answeredUs: 0 };
      const bytes = encodeExchange({ ...asked, ...change } as Parameters<typeof encodeExchange>[0]);
      bytes.set(macOf(secret, bytes.subarray(0, EXCHANGE_SIGNED_BYTES)), EXCHANGE_SIGNED_BYTES);
      return bytes;
    };
    const good = signed();
    const flipped = Array.from({ length: EXCHANGE_BYTES }, (_, at) =>
      good.map((byte, i) => (i === at ? byte ^ 1 : byte)),
    );
    const cut = Array.from({ length: EXCHANGE_BYTES }, (_, length) => good.subarray(0, length));
    const elsewhere = [signed({ to: OURS }), signed({ to: undefined }), signed({ kind: 'answer' })];
    const answers: Buffer[] = [];
    const socket = dgram.createSocket('udp4').on('message', (bytes) => answers.push(bytes));
    try {
      for (const bytes of [...flipped, ...cut, ...elsewhere, good]) socket.send(bytes, theirs.port, '127.0.0.1');
      await expect.poll(() => answers.length).toBe(1);
      await expect.poll(() => theirs.turnedAway).toBe(flipped.length + cut.length);
      expect(answers).toHaveLength(1);
      expect(answers[0]).toHaveLength(EXCHANGE_BYTES);
    } finally {
      socket.close();
    }
  });
});

describe('a socket with stamps', () => {
  it.for(['kernel', 'process'] as const)('of the %s says when a datagram came in', async (stamps, context) => {
    const kernel = stamps === 'kernel';
    if (kernel && (loadKoffi() === undefined || process.platform !== 'linux'))
      context.skip('koffi on Linux is not here');
    const clock = openClock({ error: 'boot-offset=3600s' });
    const stamped = await openStampedSocket(clock, '127.0.0.1', kernel ? loadKoffi : () => undefined);
    const sender = dgram.createSocket('udp4');
    try {
      expect(stamped.stamps).toBe(stamps);
      await new Promise<void>((resolve) => sender.bind(0, '127.0.0.1', resolve));
      await new Promise<void>((resolve) => sender.connect(stamped.socket.address().port, '127.0.0.1', resolve));
      for (let i = 0; i < 3; i++) {
        const came = new Promise<number>((resolve) => stamped.socket.once('message', () => resolve(stamped.cameUs())));
        const beforeUs = clock.boot();
        sender.send('x');
        const sentUs = clock.boot();
        // It is there already; the process is busy with other things.
        while (clock.boot() < sentUs + 20_000);
        const cameUs = await came;
        if (kernel) expect(cameUs).toBeLessThan(sentUs + 2);
        else expect(cameUs).toBeGreaterThan(sentUs + 19_998);
        expect(cameUs).toBeGreaterThan(beforeUs - 2);
      }
    } finally {
      sender.close();
      stamped.socket.close();
    }
  });
});
