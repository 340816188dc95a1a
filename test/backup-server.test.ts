import { describe, expect, it } from 'vitest';
import { Random } from '../src/sensor/random.ts';
import { BackupServer } from '../src/sync/backup-server.ts';
import { SyncClient } from '../src/sync/client.ts';
import { SYNC_DEFAULTS } from '../src/sync/controller.ts';
import { MessageGuard } from '../src/sync/guard.ts';
import { SyncServer } from '../src/sync/server.ts';
import { StockClient } from '../src/sync/stock-client.ts';
import { StockServer } from '../src/sync/stock-server.ts';
import { TrackingServer } from '../src/sync/tracking/server.ts';
import { bootUs } from '../src/time/units.ts';
import { decodeMessage, encodeMessage, type SyncMessage } from '../src/wire/message.ts';

const FRAME_US = 33_326.9;
/** By the server's crystal, which is none of the host's. */
const TRUE_US = FRAME_US * (1 + 15e-6);
const EPOCH_US = 1.7e15;
const EVERY = 30;
/** From a frame's time to its message: it is read out, and sent. */
const DELAY_US = 24_000;

interface Spoken {
  readonly message: SyncMessage;
  /** Boot time at which it was heard. */
  readonly atUs: number;
}

/**
 * All messages of a server of ours that runs for so many frames, on a host whose wall clock is `wallOf` a boot time.
 */
function serve(frames: number, wallOf = (us: number): number => EPOCH_US + us, change?: number): Spoken[] {
  const server = new TrackingServer({
    ...{ sessionId: '0123456789abcdef', frameUs: FRAME_US, syncPeriod: EVERY, readyFrame: 100 },
    ...{ exposureUs: 8000, gain: 1.5 },
  });
  const spoken: Spoken[] = [];
  for (let frame = 0; frame < frames; frame++) {
    if (frame === change) server.change('pause');
    const us = 1e9 + frame * TRUE_US;
    const { send } = server.frame(wallOf(us), bootUs(us));
    if (send !== undefined) spoken.push({ message: decodeMessage(send) as SyncMessage, atUs: us + DELAY_US });
  }
  return spoken;
}

const last = (spoken: readonly Spoken[]): Spoken => spoken.at(-1) as Spoken;
const takeOver = ({ message }: Spoken, delayUs = DELAY_US): BackupServer =>
  BackupServer.of(message, delayUs, EVERY) as BackupServer;

/** What it says from a moment on, each message so much sooner or later than it is due. */
function carryOn(
  backup: BackupServer,
  fromUs: number,
  count: number,
  wallOf = (us: number): number => EPOCH_US + us,
  late = (): number => 0,
): Spoken[] {
  const spoken: Spoken[] = [];
  let now = fromUs;
  for (let i = 0; i < count; i++) {
    now = backup.nextUs(now) + late();
    const bytes = backup.message(wallOf(now), bootUs(now));
    spoken.push({ message: decodeMessage(bytes) as SyncMessage, atUs: now });
  }
  return spoken;
}

const frameOf = ({ message }: Spoken): number => message.envelope?.frameNumber as number;

describe('the word of a server that fell silent', () => {
  it('is carried on by the frame: each message is of the frame that is due, at the time that it has', () => {
    const before = last(serve(400));
    const after = carryOn(takeOver(before), before.atUs, 20);
    expect(after.map(frameOf)).toEqual(Array.from({ length: 20 }, (_, i) => frameOf(before) + EVERY * (i + 1)));
    for (const { message } of after) {
      const {
        frameNumber = 0,
        frameIndex,
        bootUs: boot = 0,
        sessionId,
        exposureUs,
        gain,
        periodUs,
      } = message.envelope ?? {};
      expect({ frameIndex, sessionId, exposureUs, gain }).toEqual({
        ...{ frameIndex: frameNumber - 100, sessionId: '0123456789abcdef', exposureUs: 8000, gain: 1.5 },
      });
      expect(Math.abs(boot - (1e9 + frameNumber * TRUE_US))).toBeLessThan(5);
      expect(periodUs).toBeCloseTo(TRUE_US, 2);
      expect(message.frameDurationUs).toBe(Math.round(TRUE_US));
      expect(message.wallClockUs - boot).toBeCloseTo(EPOCH_US, -1);
      // A stock client tells the index by the ready time, which stays where it was.
      expect(Math.abs(message.readyTimeUs - before.message.readyTimeUs)).toBeLessThan(10);
    }
  });

  it('never speaks of a frame that its server could not have spoken of yet', () => {
    const before = last(serve(400));
    const backup = takeOver(before);
    const random = new Random(5);
    for (let now = before.atUs; now < before.atUs + 60e6; now += random.between(0, 2e6)) {
      const { envelope } = decodeMessage(backup.message(EPOCH_US + now, bootUs(now))) as SyncMessage;
      const sinceUs = now - (envelope?.bootUs as number);
      expect(sinceUs).toBeGreaterThanOrEqual(DELAY_US - 2);
      expect(sinceUs).toBeLessThan(DELAY_US + TRUE_US + 2);
    }
  });

  it('is due so that half a frame sooner or later it is of the same frame, and never twice', () => {
    const before = last(serve(400));
    const onTime = carryOn(takeOver(before), before.atUs, 30).map(frameOf);
    for (const late of [-0.49 * TRUE_US, -1000, 12_000, 0.49 * TRUE_US]) {
      const moved = carryOn(takeOver(before), before.atUs, 30, undefined, () => late);
      expect(moved.map(frameOf)).toEqual(onTime);
    }
    // Who is asleep for a while goes on with what is due then.
    const backup = takeOver(before);
    const [first] = carryOn(backup, before.atUs, 1) as [Spoken];
    const later = carryOn(backup, first.atUs + 10e6, 2);
    expect(later.map(frameOf)).toEqual([11, 12].map((n) => frameOf(first) + n * EVERY));
  });

  it('is taken by the guard of every client, whoever heard the server before, and nothing is said of it', () => {
    for (const [seed, spread] of [
      [1, 300],
      [2, 12_000],
      [3, 12_000],
    ] as const) {
      const random = new Random(seed);
      const jitter = (): number => random.between(200, spread);
      const before = serve(700);
      const guard = new MessageGuard(1e6 / 30);
      const hear = ({ message, atUs }: Spoken) =>
        guard.receive(encodeMessage(message), 'any', EPOCH_US + atUs + jitter());
      for (const spoken of before) expect(hear(spoken).refused).toBeUndefined();
      const after = carryOn(takeOver(last(before), DELAY_US + jitter()), last(before).atUs, 600, undefined, jitter);
      for (const spoken of after) expect(hear(spoken)).toEqual({ message: spoken.message, notices: [] });
    }
  });

  it('is taken also while the wall clock of the host is slewed', () => {
    const wallOf = (us: number): number => EPOCH_US + us + 500e-6 * Math.max(0, us - 1e9);
    const before = serve(700, wallOf);
    const guard = new MessageGuard(1e6 / 30);
    const spoken = [...before, ...carryOn(takeOver(last(before)), last(before).atUs, 120, wallOf)];
    for (const [i, { message, atUs }] of spoken.entries()) {
      const { refused, notices } = guard.receive(encodeMessage(message), 'any', wallOf(atUs + 300));
      expect({ i, refused, notices: i === 0 ? [] : notices }).toEqual({ i, refused: undefined, notices: [] });
    }
  });

  it('keeps a stock client at the server frames, index for index', () => {
    const before = serve(700);
    const spoken = [...before, ...carryOn(takeOver(last(before)), last(before).atUs, 50)];
    const client = new SyncClient(new StockClient({ ...SYNC_DEFAULTS, frameDurationUs: FRAME_US }), FRAME_US);
    // This camera runs exactly with the server: whatever it is told to correct would be wrong.
    for (let frame = 0; spoken.length > 0; frame++) {
      const us = 1e9 + frame * TRUE_US + 50;
      while (spoken[0] !== undefined && spoken[0].atUs < us + DELAY_US) {
        const { message, atUs } = spoken.shift() as Spoken;
        expect(client.receive(encodeMessage(message), 'any', EPOCH_US + atUs)).toBeUndefined();
      }
      const { index, phaseUs, state, notices } = client.frame(EPOCH_US + us, bootUs(us));
      if (frame < 200) continue;
      expect({ index, state, notices }).toEqual({ index: frame - 100, state: 'locked', notices: [] });
      expect(Math.abs(phaseUs as number)).toBeLessThan(220);
    }
  });

  it('tells of the last changes of the recording as the server did', () => {
    const before = last(serve(500, undefined, 300));
    expect(before.message.envelope?.changes).toHaveLength(1);
    for (const { message } of carryOn(takeOver(before), before.atUs, 3)) {
      expect(message.envelope?.changes).toEqual(before.message.envelope?.changes);
    }
  });
});

describe('a word that does not tell enough', () => {
  it('is none, a stock one, or one from before the beginning was fixed', () => {
    expect(BackupServer.of(undefined, DELAY_US, EVERY)).toBeUndefined();
    const stock = new SyncServer(new StockServer({ ...SYNC_DEFAULTS, frameDurationUs: FRAME_US }), FRAME_US);
    let sent: Uint8Array | undefined;
    for (let frame = 0; frame < 400; frame++) {
      const us = 1e9 + frame * TRUE_US;
      sent = stock.frame(EPOCH_US + us, bootUs(us)).send ?? sent;
    }
    expect(BackupServer.of(decodeMessage(sent as Uint8Array), DELAY_US, EVERY)).toBeUndefined();
    const { message } = last(serve(400));
    for (const field of ['sessionId', 'bootUs', 'periodUs', 'frameNumber', 'frameIndex'] as const) {
      const { [field]: _, ...envelope } = message.envelope ?? {};
      expect(BackupServer.of({ ...message, envelope }, DELAY_US, EVERY), field).toBeUndefined();
    }
    expect(BackupServer.of(message, DELAY_US, EVERY)).toBeDefined();
  });
});
