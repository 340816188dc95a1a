import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../src/sensor/random.ts';
import { modesOf, type SensorMode } from '../src/sensor/sensor-models.ts';
import { World, type WorldOptions } from '../src/sim/world.ts';
import { type ClientFrame, SyncClient } from '../src/sync/client.ts';
import { SYNC_DEFAULTS } from '../src/sync/controller.ts';
import { SyncServer } from '../src/sync/server.ts';
import { StockClient } from '../src/sync/stock-client.ts';
import { StockServer } from '../src/sync/stock-server.ts';
import { bootUs } from '../src/time/units.ts';
import { decodeMessage, encodeMessage, type SyncMessage } from '../src/wire/message.ts';
import { samples } from './support/thorough.ts';

const EPOCH_US = 1_700_000_000_000_000;
const FRAME_US = 1e6 / 30;
const imx219 = modesOf('imx219')[0] as SensorMode;

const settings = (frameDurationUs = FRAME_US) => ({ ...SYNC_DEFAULTS, frameDurationUs });
const newClient = (frameUs = FRAME_US) => new SyncClient(new StockClient(settings(frameUs)), frameUs);
const newServer = (frameUs = FRAME_US) => new SyncServer(new StockServer(settings(frameUs)), frameUs);

/** One thing that happens to a client. */
type Event =
  | { kind: 'frame'; skipped: number; jitterUs: number }
  | { kind: 'client-step' | 'server-step' | 'restart'; us: number }
  | { kind: 'message'; sender: string; lateUs: number; change: Partial<SyncMessage> }
  | { kind: 'repeat'; back: number }
  | { kind: 'garbled'; flips: readonly (readonly [number, number])[] }
  | { kind: 'bytes'; bytes: Uint8Array };

const anyTime = fc.oneof(
  fc.integer({ min: -60_000, max: 60_000 }),
  fc.integer({ min: -5_000_000, max: 5_000_000 }),
  fc.integer({ min: -1e13, max: 1e13 }),
);
const time = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const change: fc.Arbitrary<Partial<SyncMessage>> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  fc.record(
    {
      frameDurationUs: fc.oneof(fc.integer({ min: 33_200, max: 33_450 }), fc.integer({ min: 0, max: 0xffff_ffff })),
      wallClockUs: time,
      readyTimeUs: time,
      envelope: fc.record(
        {
          sessionId: fc.constantFrom('00000000000000aa', '00000000000000bb'),
          frameIndex: fc.oneof(fc.integer({ min: -200, max: 2000 }), fc.maxSafeInteger()),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  ),
);
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('frame' as const),
      skipped: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.nat(5), fc.nat(2000)),
      jitterUs: fc.integer({ min: -9_000, max: 9_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('client-step', 'server-step', 'restart'), us: anyTime }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('message' as const),
      sender: fc.constantFrom('a', 'a', 'a', 'b', 'c'),
      lateUs: fc.oneof(fc.nat(2_000), fc.nat(2_500_000)),
      change,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('repeat' as const), back: fc.nat(10) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('garbled' as const),
      flips: fc.array(fc.tuple(fc.nat(39), fc.nat(7)), { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('bytes' as const), bytes: fc.uint8Array({ maxLength: 100 }) }),
  },
);

/**
 * A client among events of any kind: a server on a grid of its own, both clocks, and everything that was sent so far.
 */
class Mayhem {
  readonly client = newClient();
  readonly frames: (ClientFrame & { readonly wallUs: number })[] = [];
  /** The newest message taken since the frame before. */
  taken: SyncMessage | undefined;
  private trueUs = 1e6;
  private clientOffUs = 0;
  private serverOffUs = 0;
  private readyUs = EPOCH_US + 4e6;
  private readonly sent: Uint8Array[] = [];

  happen(event: Event): ClientFrame | undefined {
    switch (event.kind) {
      case 'frame':
        return this.frame(event.skipped + 1, event.jitterUs);
      case 'client-step':
        this.clientOffUs += event.us;
        return undefined;
      case 'server-step':
        this.serverOffUs += event.us;
        this.readyUs += event.us;
        return undefined;
      case 'restart':
        this.readyUs = this.wordUs() + 3e6;
        return undefined;
      case 'message':
        return this.message(event.sender, event.lateUs, event.change);
      case 'repeat':
        return this.deliver(this.sent.at(-1 - event.back) ?? new Uint8Array(40), 'a', 0);
      case 'garbled': {
        const bytes = Uint8Array.from(this.sent.at(-1) ?? new Uint8Array(40));
        for (const [byte, bit] of event.flips) bytes[byte] = (bytes[byte] as number) ^ (1 << bit);
        return this.deliver(bytes, 'a', 0);
      }
      case 'bytes':
        return this.deliver(event.bytes, 'a', 0);
    }
  }

  private frame(count: number, jitterUs: number): ClientFrame {
    this.trueUs += count * FRAME_US;
    const stampUs = this.trueUs + jitterUs;
    const wallUs = EPOCH_US + stampUs + this.clientOffUs;
    const frame = this.client.frame(wallUs, bootUs(stampUs));
    this.frames.push({ ...frame, wallUs });
    return frame;
  }

  /** Wall clock of the server's last frame, on the server's own clock. */
  private wordUs(): number {
    return EPOCH_US + Math.floor(this.trueUs / 33_335) * 33_335 + this.serverOffUs;
  }

  private message(sender: string, lateUs: number, change: Partial<SyncMessage>): undefined {
    const wallClockUs = Math.max(1, Math.trunc(this.wordUs()));
    const word = {
      frameDurationUs: 33_335,
      wallClockUs,
      readyTimeUs: Math.max(1, Math.trunc(this.readyUs)),
      ...change,
    };
    const bytes = encodeMessage(word);
    this.sent.push(bytes);
    return this.deliver(bytes, sender, lateUs);
  }

  private deliver(bytes: Uint8Array, from: string, lateUs: number): undefined {
    const refused = this.client.receive(bytes, from, EPOCH_US + this.trueUs + this.clientOffUs + lateUs);
    if (refused === undefined) this.taken = decodeMessage(bytes);
  }
}

describe('a client in any order of any events', () => {
  it('never throws, gives no NaN, and once it records its index never falls and it never stops', () => {
    let recorded = 0;
    fc.assert(
      fc.property(fc.array(event, { minLength: 20, maxLength: 400, size: 'max' }), (events) => {
        const mayhem = new Mayhem();
        let before: ClientFrame | undefined;
        for (const each of events) {
          const frame = mayhem.happen(each);
          if (frame === undefined) continue;
          const { index, phaseUs, correctionUs, timerUs, ready } = frame;
          expect(Number.isSafeInteger(correctionUs)).toBe(true);
          expect(index === undefined || Number.isInteger(index)).toBe(true);
          expect((phaseUs === undefined) === (index === undefined)).toBe(true);
          expect(Number.isFinite(phaseUs ?? 0)).toBe(true);
          expect(Number.isFinite(timerUs ?? 0)).toBe(true);
          expect(Object.is(index, -0)).toBe(false);
          if (before?.ready) {
            recorded++;
            expect(ready).toBe(true);
            expect(index).toBeGreaterThanOrEqual(before.index as number);
          }
          if (ready) expect(index).toBeGreaterThanOrEqual(0);
          before = frame;
        }
      }),
      { numRuns: samples(400, 60) },
    );
    expect(recorded).toBeGreaterThan(1000);
  });

  it('corrects only by a message it took, by half a frame of the server at most, or by up to one and a half where that speaks of the future', () => {
    let corrected = 0;
    fc.assert(
      fc.property(fc.array(event, { minLength: 20, maxLength: 400, size: 'max' }), (events) => {
        const mayhem = new Mayhem();
        for (const each of events) {
          const frame = mayhem.happen(each);
          if (frame === undefined) continue;
          const { taken } = mayhem;
          mayhem.taken = undefined;
          if (frame.correctionUs === 0) continue;
          corrected++;
          expect(taken).toBeDefined();
          const { frameDurationUs, wallClockUs } = taken as SyncMessage;
          const { wallUs } = mayhem.frames.at(-1) as { wallUs: number };
          expect(frame.correctionUs).toBeLessThanOrEqual(frameDurationUs / 2 + 1);
          // Told of a frame in its own future, the stock algorithm rounds towards zero and slips by a whole frame.
          const future = wallUs < wallClockUs - frameDurationUs / 2;
          expect(frame.correctionUs).toBeGreaterThanOrEqual(-frameDurationUs * (future ? 1.5 : 0.5) - 1);
        }
      }),
      { numRuns: samples(400, 60) },
    );
    // The claim is about something: corrections did happen.
    expect(corrected).toBeGreaterThan(100);
  });

  it('is not started by frames alone, nor by anything that is no message', () => {
    const quiet = event.filter(({ kind }) => kind === 'frame' || kind === 'client-step' || kind === 'bytes');
    fc.assert(
      fc.property(fc.array(quiet, { maxLength: 100 }), (events) => {
        const mayhem = new Mayhem();
        for (const each of events) mayhem.happen(each);
        for (const { index, ready, state, correctionUs } of mayhem.frames) {
          expect({ index, ready, state, correctionUs }).toEqual({
            index: undefined,
            ready: false,
            state: 'waiting',
            correctionUs: 0,
          });
        }
      }),
    );
  });

  it('throws away what came before its first frame', () => {
    const client = newClient();
    const word = { frameDurationUs: 33_333, wallClockUs: EPOCH_US, readyTimeUs: EPOCH_US - 1e6 };
    expect(client.receive(encodeMessage(word), 'a', EPOCH_US + 400)).toBeUndefined();
    expect(client.frame(EPOCH_US + 1000, bootUs(1000))).toMatchObject({ index: undefined, state: 'waiting' });
    expect(client.frame(EPOCH_US + 34_333, bootUs(34_333))).toMatchObject({ index: undefined, state: 'waiting' });
  });
});

describe('a client among plausible troubles', () => {
  interface Trouble {
    seed: number;
    loss: number;
    repeat: number;
    reorder: number;
    dropServer: number;
    dropClient: number;
    ppm: [number, number];
    startUs: number;
    offUs: number;
    step?: { who: 'server' | 'client'; us: number; afterUs: number };
  }
  const share = (max: number) => fc.double({ min: 0, max, noNaN: true });
  const ppm = fc.double({ min: -50, max: 50, noNaN: true });
  const trouble = {
    seed: fc.nat(1e6),
    loss: share(0.4),
    repeat: share(0.5),
    reorder: share(0.3),
    dropServer: share(0.1),
    dropClient: share(0.1),
    ppm: fc.tuple(ppm, ppm),
    startUs: fc.integer({ min: 0, max: 2_000_000 }),
    // What NTP or PTP leaves between two hosts.
    offUs: fc.integer({ min: -3_000, max: 3_000 }),
  };

  /**
   * 30 s of it. `wrong` counts frames whose number names a server frame over half a frame away, from `judgedFromUs` on.
   */
  function run(
    { seed, ppm, startUs, offUs, step, ...given }: Trouble,
    judgedFromUs = 0,
  ): { indices: number[]; wrong: number } {
    const erring = (who: 'server' | 'client') => (us: number) =>
      (who === 'client' ? offUs : 0) + (step?.who === who && us > step.afterUs ? step.us : 0);
    const camera = (who: 'server' | 'client') => ({ mode: imx219, frameUs: FRAME_US, clockErrorUs: erring(who) });
    const options: WorldOptions = {
      seed,
      server: { ...camera('server'), ppm: ppm[0], drop: given.dropServer, startUs: 1_500_000 },
      clients: [{ ...camera('client'), ppm: ppm[1], drop: given.dropClient, startUs }],
      link: { loss: given.loss, repeat: given.repeat, reorder: given.reorder },
      serverMachine: () => newServer(),
      clientMachine: () => newClient(),
    };
    const world = new World(options);
    const served = new Map<number, number>();
    const seen: { index: number; trueUs: number }[] = [];
    world.onServerFrame = ({ trueUs, decision }) => served.set(decision.index, trueUs);
    world.onClientFrame = (_, { trueUs, decision }) => {
      if (!decision.ready || decision.index === undefined) return;
      seen.push({ index: decision.index, trueUs });
    };
    world.run(30e6);
    const wrong = seen.filter(({ index, trueUs }) => {
      const serverUs = served.get(index);
      return trueUs > judgedFromUs && serverUs !== undefined && Math.abs(trueUs - serverUs) > FRAME_US / 2;
    });
    return { indices: seen.map(({ index }) => index), wrong: wrong.length };
  }

  const falls = (indices: readonly number[]) =>
    indices.filter((index, i) => i > 0 && index < (indices[i - 1] as number)).length;
  const doubled = (indices: readonly number[]) => indices.length - new Set(indices).size;

  it('of the network, the crystals and the buffers gives no frame a wrong index and no index twice', () => {
    fc.assert(
      fc.property(fc.record(trouble), (given) => {
        const { indices, wrong } = run(given);
        expect(indices.length).toBeGreaterThan(400);
        expect({ falls: falls(indices), doubled: doubled(indices), wrong }).toEqual({ falls: 0, doubled: 0, wrong: 0 });
      }),
      { numRuns: 60 },
    );
  });

  it('of a wall clock that steps by anything while it records never lets the index fall, and all numbers are right in the end', () => {
    const step = fc
      .record({
        who: fc.constantFrom('server' as const, 'client' as const),
        us: fc.oneof(fc.integer({ min: -40_000, max: 40_000 }), fc.integer({ min: -2e6, max: 2e6 })),
        afterUs: fc.integer({ min: 10_000_000, max: 15_000_000 }),
      })
      // Half a frame more or less is as near to either neighbour.
      .filter(({ us }) => Math.abs((Math.abs(us / FRAME_US) % 1) - 0.5) > 0.15);
    fc.assert(
      fc.property(fc.record({ ...trouble, loss: share(0.1), step }), (given) => {
        // A stock client walks half a frame a frame until its clock has caught up, which takes twice the step.
        const { indices, wrong } = run(given, given.step.afterUs + 2 * Math.abs(given.step.us) + 6e6);
        expect({ falls: falls(indices), wrong }).toEqual({ falls: 0, wrong: 0 });
      }),
      { numRuns: 100 },
    );
  });
});

describe('a server', () => {
  const frame = fc.record({
    dropped: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.nat(3), fc.nat(100)),
    jitterUs: fc.integer({ min: -50, max: 50 }),
    stepUs: fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, anyTime),
  });
  const durations = fc.constantFrom(1e6 / 120, 1e6 / 60, 1e6 / 50, FRAME_US, 1e6 / 24, 200_000);

  it('counts each frame once and each dropped one too, whatever its wall clock does, from the first of the recording on', () => {
    fc.assert(
      fc.property(
        durations,
        fc.double({ min: -100, max: 100, noNaN: true }),
        fc.array(frame, { minLength: 150, maxLength: 400, size: 'max' }),
        (frameUs, ppm, frames) => {
          const server = newServer(frameUs);
          let [number, offUs] = [0, 0];
          let first: { number: number; index: number } | undefined;
          let last = Number.NEGATIVE_INFINITY;
          for (const { dropped, jitterUs, stepUs } of frames) {
            number += 1 + dropped;
            offUs += stepUs;
            const stampUs = 5e6 + number * frameUs * (1 + ppm * 1e-6) + jitterUs;
            const { index, ready, timerUs, send } = server.frame(EPOCH_US + stampUs + offUs, bootUs(stampUs));
            expect(Number.isSafeInteger(index)).toBe(true);
            expect(Number.isFinite(timerUs)).toBe(true);
            expect(index).toBeGreaterThan(last);
            expect(ready).toBe(index >= 0);
            last = index;
            if (send !== undefined) expect(decodeMessage(send)).toBeDefined();
            if (!ready) continue;
            first ??= { number, index };
            expect(index - first.index).toBe(number - first.number);
          }
          expect(first).toBeDefined();
        },
      ),
      { numRuns: samples(300, 40) },
    );
  });

  it('without drops begins its recording with frame 0, the hundred and first', () => {
    const server = newServer();
    const frames = Array.from({ length: 103 }, (_, i) => server.frame(EPOCH_US + i * FRAME_US, bootUs(i * FRAME_US)));
    expect(frames.map(({ index }) => index)).toEqual(Array.from({ length: 103 }, (_, i) => i - 100));
    expect(frames.findIndex(({ ready }) => ready)).toBe(100);
    expect(frames.flatMap(({ send, index }) => (send ? [index] : []))).toEqual([-70, -40, -10]);
  });
});

describe('hours', () => {
  const count = samples(10, 2);
  it(`at 50 ppm to either side and a message a second: no frame of ${count} hours is missing, doubled or named wrongly`, () => {
    const random = new Random(10);
    const [server, client] = [newServer(), newClient()];
    const hours = count * 3600e6;
    const serverFrameUs = FRAME_US / (1 + 50e-6);
    const clientFrameUs = FRAME_US / (1 - 50e-6);
    let [serverUs, clientUs] = [1e6, 1.7e6];
    /** Corrections on their way: a frame length acts two frames after it is written. */
    let [next, afterNext] = [0, 0];
    const mail: { atUs: number; bytes: Uint8Array }[] = [];
    let [frames, wrong, gaps, last, messages] = [0, 0, 0, -1, 0];
    /** The server's index at a moment, straight from its crystal: its 101st frame is number 0. */
    const truth = (us: number) => Math.round((us - 1e6) / serverFrameUs) - 100;

    while (clientUs < hours) {
      if (serverUs <= clientUs) {
        const stampUs = serverUs + 3 * random.gauss();
        const { send, index } = server.frame(EPOCH_US + stampUs, bootUs(stampUs));
        if (index !== truth(serverUs)) wrong++;
        // Every twentieth message is lost.
        if (send !== undefined && ++messages % 20 !== 0) {
          mail.push({ atUs: serverUs + 23_000 + random.between(200, 3_000), bytes: send });
        }
        serverUs += serverFrameUs;
        continue;
      }
      while ((mail[0]?.atUs ?? Number.POSITIVE_INFINITY) <= clientUs) {
        const { atUs, bytes } = mail.shift() as { atUs: number; bytes: Uint8Array };
        client.receive(bytes, 'a', EPOCH_US + atUs);
      }
      const stampUs = clientUs + 3 * random.gauss();
      const { index, ready, correctionUs } = client.frame(EPOCH_US + stampUs, bootUs(stampUs));
      if (ready && index !== undefined) {
        frames++;
        if (index !== truth(clientUs)) wrong++;
        if (index !== last + 1) gaps++;
        last = index;
      }
      clientUs += clientFrameUs - next;
      [next, afterNext] = [afterNext, correctionUs];
    }
    expect({ wrong, gaps }).toEqual({ wrong: 0, gaps: 0 });
    expect(frames).toBe(last + 1);
    expect(frames).toBeGreaterThan(107_900 * count);
    expect(client.guard.refused.size).toBe(0);
  });
});
