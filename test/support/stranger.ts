import { createSocket } from 'node:dgram';
import { SYNC_GROUP } from '../../src/host/sync-defaults.ts';
import { Random } from '../../src/sensor/random.ts';
import type { Envelope } from '../../src/wire/envelope.ts';
import { decodeMessage, encodeMessage, type SyncMessage } from '../../src/wire/message.ts';

/** Datagrams to each message that is heard, and at most so many in all. */
const TO_EACH = 12;
const MOST = 4_000;

/** Who hears all that is said on a port of the loopback, and answers with forgeries. */
export interface Stranger {
  /** Datagrams sent so far. */
  readonly sent: number;
  leave(): Promise<number>;
}

/**
 * A stranger whose forgeries are drawn from a seed: each heard message with fields that nobody can mean, and bytes
 * without any sense.
 */
export async function stranger(port: number, seed: number): Promise<Stranger> {
  const random = new Random(seed);
  const ears = createSocket({ type: 'udp4', reuseAddr: true });
  await new Promise<void>((resolve) => ears.bind(port, SYNC_GROUP, resolve));
  ears.addMembership(SYNC_GROUP, '127.0.0.1');
  const mouth = createSocket('udp4');
  await new Promise<void>((resolve) => mouth.bind(0, resolve));
  mouth.setMulticastInterface('127.0.0.1');
  const own = mouth.address().port;
  const state = { sent: 0 };
  const say = (bytes: Uint8Array): void => {
    if (state.sent >= MOST) return;
    state.sent++;
    mouth.send(bytes, port, SYNC_GROUP);
  };
  const junk = setInterval(() => {
    for (let i = 0; i < 5; i++) say(Uint8Array.from({ length: random.between(0, 120) }, () => random.between(0, 256)));
  }, 20);
  ears.on('message', (bytes, from) => {
    if (from.port === own) return;
    const message = decodeMessage(bytes);
    if (message === undefined) return;
    for (let i = 0; i < TO_EACH; i++) say(forge(message, random));
  });
  return {
    get sent() {
      return state.sent;
    },
    async leave() {
      clearInterval(junk);
      await Promise.all([ears, mouth].map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
      return state.sent;
    },
  };
}

const MOST_SAFE = Number.MAX_SAFE_INTEGER;

/** One of the ways to say what was said, and something that was not. */
function forge(real: SyncMessage, random: Random): Uint8Array {
  const pick = <T>(...of: T[]): T => of[Math.floor(random.between(0, of.length))] as T;
  const number = (): number => pick(0, 1, 3e14, 2 ** 52, MOST_SAFE - 1, Math.floor(random.between(0, 1e6)));
  const ways: (() => Partial<SyncMessage>)[] = [
    () => ({ envelope: { ...real.envelope, frameIndex: pick(-1, 1) * number() } }),
    () => ({ envelope: { ...real.envelope, frameNumber: number(), frameIndex: number() } }),
    () => ({ envelope: { ...real.envelope, frameIndex: 0, start: { wallUs: number(), utcOffsetMinutes: 0 } } }),
    () => ({ envelope: { ...real.envelope, changes: [{ kind: 'pause', index: Math.floor(random.between(0, 200)) }] } }),
    () => ({ envelope: { ...real.envelope, periodUs: pick(1, 1e9, 40_000), bootUs: number() / 1024 } }),
    () => ({ frameDurationUs: pick(0, 1, 40_000, 0xffffffff) }),
    () => ({ wallClockUs: real.wallClockUs + Math.floor(random.between(-1e6, 1e6)) }),
    () => ({ wallClockUs: number(), readyTimeUs: number() }),
    () => ({ readyTimeUs: real.wallClockUs + Math.floor(random.between(-1e6, 1e6)) }),
  ];
  const said = { ...real, ...pick(...ways)() };
  const { sessionId } = said.envelope ?? {};
  // Now with the session of the take, now with another, now as a stock camera.
  const envelope: Envelope | undefined = pick(
    said.envelope,
    sessionId === undefined ? said.envelope : { ...said.envelope, sessionId: 'feedfacefeedface' },
    undefined,
  );
  const { envelope: _, ...stock } = said;
  return encodeMessage({ ...stock, ...(envelope && { envelope }) });
}
