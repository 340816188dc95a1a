import { createSocket } from 'node:dgram';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openClock } from '../src/host/clock.ts';
import { RigKey } from '../src/hosts/key/rig-key.ts';
import { SessionSigner, SignedSession } from '../src/hosts/key/signed-session.ts';
import { SyncLink } from '../src/run/camera/sync-link.ts';
import { TakeFilter } from '../src/run/camera/take-filter.ts';
import { Random } from '../src/sensor/random.ts';
import { HostMessages } from '../src/sync/exchange/host-messages.ts';
import { TrackingClient } from '../src/sync/tracking/client.ts';
import { TrackingServer } from '../src/sync/tracking/server.ts';
import { bootUs, wallUs } from '../src/time/units.ts';
import { decodeMessage, encodeMessage, STOCK_BYTES } from '../src/wire/message.ts';
import { signedMessage, withSignature } from '../src/wire/signature.ts';
import { freshPort } from './support/genlock.ts';

const [SESSION, OTHER, HOST] = ['0123456789abcdef', 'ffffffffffffffff', '00000000000000aa'] as const;
const FROM = { address: '10.0.0.7', port: 4711 };
const START_US = 1_700_000_000_000_000;
const FRAME_US = 33_333;
const rig = RigKey.create();
const key = rig.derive('sync', SESSION);

/** What a server of ours says of each of its frames, where it says something. */
function server(sessionId: string = SESSION) {
  const machine = new TrackingServer({ sessionId, hostId: HOST, frameUs: FRAME_US, syncPeriod: 30, readyFrame: 100 });
  // A sensor's stamps are no ruler.
  const random = new Random(9);
  return (frame: number): Uint8Array | undefined => {
    const us = frame * FRAME_US + random.between(-4, 4);
    return machine.frame(wallUs(START_US + us), bootUs(9e9 + us)).send;
  };
}
const messages = (frames: number, sessionId?: string): Uint8Array[] => {
  const at = server(sessionId);
  return Array.from({ length: frames }, (_, frame) => at(frame)).flatMap((bytes) => (bytes ? [bytes] : []));
};

describe('a signed message', () => {
  it('reads as the one without, to a stock camera to the byte, and its sequence comes back', () => {
    fc.assert(
      fc.property(fc.constantFrom(...messages(200)), fc.nat(2 ** 40), fc.boolean(), (whole, sequence, stock) => {
        const bytes = stock ? whole.subarray(0, STOCK_BYTES) : whole;
        const signed = withSignature(bytes, sequence);
        const before = decodeMessage(bytes);
        expect(signed.subarray(0, STOCK_BYTES)).toEqual(bytes.subarray(0, STOCK_BYTES));
        expect(decodeMessage(signed)).toEqual({ ...before, envelope: before?.envelope ?? {} });
        expect(signedMessage(signed)?.sequence).toBe(sequence);
        expect(signedMessage(bytes)).toBeUndefined();
      }),
    );
  });

  it('is good once; then it is a twin, and one that is far behind is none', () => {
    const signer = new SessionSigner(key);
    const all = messages(3000).map((bytes) => signer.sign(bytes));
    const session = new SignedSession(key);
    expect(all.length).toBeGreaterThan(80);
    for (const bytes of all) expect([session.judge(bytes), session.judge(bytes)]).toEqual(['good', 'twin']);
    expect(all.slice(0, 5).map((bytes) => session.judge(bytes))).toEqual(Array(5).fill('none'));
    // Another process of the same session goes on beyond.
    expect(session.judge(new SessionSigner(key, 2 ** 40).sign(all[0] as Uint8Array))).toBe('good');
  });

  it('is none with any bit changed, cut anywhere, with anything behind it, or by another key', () => {
    const [bytes = new Uint8Array()] = messages(1).map((message) => new SessionSigner(key).sign(message));
    const bits = Array.from({ length: bytes.length * 8 }, (_, bit) =>
      bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)),
    );
    const cuts = Array.from({ length: bytes.length }, (_, length) => bytes.subarray(0, length));
    const longer = [Uint8Array.of(...bytes, 0), Uint8Array.of(...bytes, ...bytes)];
    const keys = [rig.derive('sync', OTHER), rig.derive('exchange', SESSION), RigKey.create().derive('sync', SESSION)];
    const others = keys.map((other) => new SessionSigner(other).sign(messages(1)[0] as Uint8Array));
    const session = new SignedSession(key);
    for (const forged of [...bits, ...cuts, ...longer, ...others]) expect(session.judge(forged)).toBe('none');
    expect(session.judge(bytes)).toBe('good');
  });
});

/** What somebody sends who hears all that is said, has no key, and wants the camera elsewhere. */
class Attacker {
  private readonly random: Random;
  private readonly heard: Uint8Array[] = [];
  private readonly other = new SessionSigner(rig.derive('sync', OTHER));
  private readonly own = new SessionSigner(RigKey.create().derive('sync', SESSION), 2 ** 41);

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  hears(bytes: Uint8Array): void {
    this.heard.push(bytes);
  }

  next(): Uint8Array {
    const { random } = this;
    const whole = (most: number): number => Math.floor(random.between(0, most));
    const heard = this.heard[whole(this.heard.length)] ?? Uint8Array.of(1);
    const message = decodeMessage(heard);
    const kind = whole(7);
    if (kind === 0 || message === undefined) return Uint8Array.from({ length: whole(300) }, () => whole(256));
    if (kind === 1) return heard;
    if (kind === 2) return heard.subarray(0, whole(heard.length));
    if (kind === 3) {
      const at = whole(heard.length);
      return heard.map((byte, i) => (i === at ? byte ^ (1 << whole(8)) : byte));
    }
    const { envelope, ...stock } = message;
    const moved = { ...stock, wallClockUs: stock.wallClockUs + whole(30_000) };
    if (kind === 4) return encodeMessage({ ...moved, envelope: { ...envelope } });
    if (kind === 5) return this.other.sign(encodeMessage({ ...moved, envelope: { ...envelope, sessionId: OTHER } }));
    return this.own.sign(encodeMessage({ ...moved, envelope: { ...envelope } }));
  }
}

describe('a client of a signed session', () => {
  const camera = {
    lineUs: 18.88,
    controlDelayFrames: 2,
    shortestFrameUs: 20_000,
    longestFrameUs: 1e6,
    frameUs: FRAME_US,
  };

  /** A camera of another host that hears a server, and so many hostile datagrams with each frame. */
  function run(frames: number, hostile: number, seed: number) {
    const filter = new TakeFilter(SESSION, 0, true);
    const hosts = new HostMessages('00000000000000bb');
    const client = new TrackingClient(camera, FRAME_US);
    const [at, signer, attacker] = [server(), new SessionSigner(key), new Attacker(seed)];
    const heard = { good: 0, sent: 0, hostile: 0 };
    filter.signedBy(key);
    const ordered = [FRAME_US, FRAME_US];
    let ownUs = 1e9 - 3000;
    // The other host's boot clock is 8000 s ahead, its wall clock a day.
    const offset = { offsetUs: 8e9, driftPpm: 0, standardErrorUs: 5, boundUs: 50, allowancePpm: 1, atBootUs: 1e9 };
    const steps = Array.from({ length: frames }, (_, frame) => {
      // What it asks for counts from the second frame behind on, as with a sensor.
      const length = ordered.shift() ?? FRAME_US;
      const step = client.frame(wallUs(ownUs + START_US - 874e8), bootUs(ownUs), length);
      ownUs += length;
      ordered.push(step.durationUs ?? FRAME_US);
      const boot = 1e9 + frame * FRAME_US + 9000;
      const now = { bootUs: bootUs(boot), wallUs: wallUs(boot + START_US - 874e8) };
      hosts.tell(HOST, { ...offset, atBootUs: now.bootUs });
      const take = (bytes: Uint8Array, from = FROM): boolean => {
        const passed = filter.pass(bytes, from);
        const brought = passed && hosts.bring(passed, now.wallUs, now.bootUs);
        if (brought) client.receive(brought, `${from.address}:${from.port}`, now.wallUs, now.bootUs);
        return brought !== undefined;
      };
      const send = at(frame);
      const signed = send && signer.sign(send);
      if (signed) {
        heard.sent++;
        attacker.hears(signed);
      }
      for (let i = 0; i < hostile; i++) {
        const bytes = attacker.next();
        // What was heard may be sent on before the server's own is there: it is the same.
        if (bytes === signed) continue;
        heard.hostile++;
        expect(take(bytes, { address: '10.0.0.66', port: 1000 + i })).toBe(false);
        if (i === hostile >> 1 && signed && take(signed)) heard.good++;
      }
      if (hostile === 0 && signed && take(signed)) heard.good++;
      return step;
    });
    return { steps, heard };
  }

  it('does to each frame the same with 100,000 hostile datagrams as without any, and hears all that is good', () => {
    const quiet = run(1000, 0, 1);
    const attacked = run(1000, 105, 1);
    expect(quiet.steps.at(-1)?.state).toBe('locked');
    expect(attacked.heard.hostile).toBeGreaterThan(100_000);
    expect(attacked.heard.good).toBe(attacked.heard.sent);
    expect(attacked.steps).toEqual(quiet.steps);
  });

  it('hears nothing before its key, whoever says it', () => {
    const filter = new TakeFilter(SESSION, 0, true);
    const [signed] = messages(1).map((bytes) => new SessionSigner(key).sign(bytes));
    expect(filter.pass(signed as Uint8Array, FROM)).toBeUndefined();
    expect(filter.turnedAway).toBe(1);
    filter.signedBy(key);
    expect(filter.pass(signed as Uint8Array, FROM)).toBeDefined();
  });

  it('hears its server by the group and one by one, each message once, among strangers on the same port', async () => {
    const network = { group: '239.255.255.250', port: Number(freshPort()), interface: '127.0.0.1' };
    const tie = { session: SESSION, signed: true, hostId: HOST };
    const heard: (number | undefined)[] = [];
    const events = { onMessage: () => {}, onAnnounced: () => {}, onError: () => {} };
    const sends = new SyncLink(network, tie, openClock(), events);
    const hears = new SyncLink(network, tie, openClock(), {
      ...events,
      onMessage: (bytes) => heard.push(decodeMessage(bytes)?.envelope?.frameNumber),
    });
    const single = new SyncLink({ ...network, group: '239.255.255.251' }, tie, openClock(), {
      ...events,
      onMessage: (bytes) => alone.push(decodeMessage(bytes)?.envelope?.frameNumber),
    });
    const alone: (number | undefined)[] = [];
    const stranger = createSocket('udp4');
    try {
      await sends.open('server');
      for (const link of [hears, single]) await link.open('client');
      const [own, others] = [hears.unicastPort as number, single.unicastPort as number];
      sends.sendAlsoTo([own, others, 0, 70_000].map((port) => ({ address: '127.0.0.1', port })));
      await new Promise<void>((resolve) => stranger.bind(0, '127.0.0.1', resolve));
      stranger.setMulticastInterface('127.0.0.1');
      const attacker = new Attacker(3);
      const all = messages(400);
      const numbers = all.map((bytes) => decodeMessage(bytes)?.envelope?.frameNumber);
      sends.send(all[0] as Uint8Array); // Before its key it says nothing.
      for (const link of [sends, hears, single]) link.signedBy(key);
      for (const bytes of all) {
        for (let i = 0; i < 10; i++) {
          const hostile = attacker.next();
          for (const [port, address] of [
            [network.port, network.group],
            [own, '127.0.0.1'],
          ] as const)
            stranger.send(hostile, port, address);
        }
        attacker.hears(bytes);
        sends.send(bytes);
        const count = heard.length;
        await expect.poll(() => heard.length, { interval: 1 }).toBeGreaterThan(count);
      }
      await expect.poll(() => alone.length).toBe(numbers.length);
      expect(heard).toEqual(numbers);
      expect(alone).toEqual(numbers);
      expect(hears.refused['not of this take']).toBeGreaterThan(100);
    } finally {
      stranger.close();
      for (const link of [sends, hears, single]) await link.close();
    }
  });
});
