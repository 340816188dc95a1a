import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CameraInfo } from '../src/camera/camera.ts';
import { openRole } from '../src/run/camera/role.ts';
import type { SyncMode } from '../src/run/camera/snapshot.ts';
import { runScenario } from '../src/sim/run-scenario.ts';
import { pauses } from '../src/sim/scenarios/pauses.ts';
import { ANNOUNCED_FRAMES, EAGER_PERIOD } from '../src/sync/change-decider.ts';
import { SyncClient } from '../src/sync/client.ts';
import { SYNC_DEFAULTS } from '../src/sync/controller.ts';
import { controllerNamed } from '../src/sync/controllers/index.ts';
import type { ClientMachine, ServerMachine } from '../src/sync/machine.ts';
import type { RecordingChange } from '../src/sync/recording-change.ts';
import { SyncServer } from '../src/sync/server.ts';
import { StockClient } from '../src/sync/stock-client.ts';
import { StockServer } from '../src/sync/stock-server.ts';
import { TrackingClient } from '../src/sync/tracking/client.ts';
import { TrackingServer } from '../src/sync/tracking/server.ts';
import { bootUs } from '../src/time/units.ts';
import { decodeEnvelope, encodeEnvelope } from '../src/wire/envelope.ts';
import { decodeMessage, encodeMessage, STOCK_BYTES, type SyncMessage } from '../src/wire/message.ts';

const EPOCH_US = 1.7e15;
const LINE_US = 18.90352;
const FRAME_US = 1763 * LINE_US;
const settings = { ...SYNC_DEFAULTS, frameDurationUs: FRAME_US };

const tracking = (readyFrame: number | 'open' = 100): TrackingServer =>
  new TrackingServer({ sessionId: '0123456789abcdef', frameUs: FRAME_US, syncPeriod: 30, readyFrame });
const stock = (): SyncServer => new SyncServer(new StockServer(settings), FRAME_US);
const servers: [string, () => ServerMachine][] = [
  ['tracking', tracking],
  ['stock', stock],
];
const clients: [string, () => ClientMachine][] = [
  ['stock', () => new SyncClient(new StockClient(settings), FRAME_US)],
  [
    'tracking',
    () =>
      new TrackingClient(
        {
          lineUs: LINE_US,
          controlDelayFrames: 2,
          shortestFrameUs: 1265 * LINE_US,
          longestFrameUs: 1e6,
          frameUs: FRAME_US,
        },
        FRAME_US,
      ),
  ],
];

/** A server's frames one after the other, and what it sent. */
class Station {
  readonly sent: { index: number; bytes: Uint8Array; message: SyncMessage }[] = [];
  readonly told: RecordingChange[] = [];
  readonly server: ServerMachine;
  private number = 0;
  index = Number.NEGATIVE_INFINITY;
  /** Boot time of the last frame. */
  at = 0;

  constructor(server: ServerMachine) {
    this.server = server;
  }

  runTo(index: number): void {
    while (this.index < index) this.frame();
  }

  frame(): Uint8Array | undefined {
    const at = bootUs(1e9 + this.number++ * FRAME_US);
    this.at = at;
    const { index, send, changes } = this.server.frame(EPOCH_US + at, at);
    this.index = index;
    this.told.push(...changes);
    if (send !== undefined) this.sent.push({ index, bytes: send, message: decodeMessage(send) as SyncMessage });
    return send;
  }

  changesAt(index: number): readonly RecordingChange[] | undefined {
    return this.sent.findLast((sent) => sent.index <= index)?.message.envelope?.changes;
  }
}

describe.each(servers)('a %s server that is asked for a change', (_, server) => {
  it('tells of it in five messages at least before its frame, never closer than a stock client can stand, and in all from then on', () => {
    for (let phase = 0; phase < 30; phase++) {
      const station = new Station(server());
      station.runTo(200 + phase);
      const before = station.sent.length;
      const pause = station.server.change('pause') as RecordingChange;
      expect(pause).toEqual({ kind: 'pause', index: 200 + phase + ANNOUNCED_FRAMES });
      station.runTo(400);
      const ahead = station.sent.slice(before).filter(({ index }) => index < pause.index);
      expect(ahead.length).toBeGreaterThanOrEqual(5);
      const gaps = station.sent.slice(1).map(({ index }, i) => index - (station.sent[i] as { index: number }).index);
      expect(Math.min(...gaps)).toBe(EAGER_PERIOD);
      expect(gaps.at(-1)).toBe(30);
      for (const { message } of station.sent.slice(before)) expect(message.envelope?.changes).toEqual([pause]);
      expect(station.told).toEqual([pause]);
    }
  });

  it('makes no change that changes nothing, and lets them rise however fast they come', () => {
    const station = new Station(server());
    station.runTo(50);
    expect(station.server.change('resume')).toBeUndefined();
    const asked = ['pause', 'pause', 'resume', 'resume', 'save', 'save', 'pause'] as const;
    const made = asked.map((kind) => station.server.change(kind)?.index);
    const first = 50 + ANNOUNCED_FRAMES;
    expect(made).toEqual([first, undefined, first + 1, undefined, first + 2, undefined, first + 3]);
    station.frame();
    expect(station.told.map(({ kind }) => kind)).toEqual(['pause', 'resume', 'save', 'pause']);
  });

  it('before its first frame begins paused, and tells so with its first message', () => {
    const station = new Station(server());
    expect(station.server.change('save')).toBeUndefined();
    expect(station.server.change('pause')).toEqual({ kind: 'pause', index: 0 });
    station.runTo(40);
    for (const { message } of station.sent) expect(message.envelope?.changes).toEqual([{ kind: 'pause', index: 0 }]);
    expect(station.sent.filter(({ index }) => index < 0).length).toBeGreaterThanOrEqual(5);
  });

  it('forgets to tell of saves that are past, and of no pause', () => {
    const station = new Station(server());
    station.runTo(10);
    station.server.change('pause');
    station.server.change('save');
    station.runTo(500);
    station.server.change('resume');
    station.runTo(700);
    expect(station.changesAt(700)?.map(({ kind }) => kind)).toEqual(['pause', 'resume']);
  });
});

describe('a stock server', () => {
  it('shows a stock camera what it always did, but for a rhythm that is quicker while a change is near', () => {
    const plain = new Station(stock());
    const asked = new Station(stock());
    for (const station of [plain, asked]) station.runTo(200);
    expect(asked.sent.map(({ bytes }) => bytes)).toEqual(plain.sent.map(({ bytes }) => bytes));
    expect(plain.sent.every(({ bytes }) => bytes.length === STOCK_BYTES)).toBe(true);
    asked.server.change('pause');
    for (const station of [plain, asked]) station.runTo(400);
    const { index } = asked.sent.at(-1) as { index: number };
    // A stock client reads 40 bytes: the same frame, time and ready time as ever.
    const head = decodeMessage((asked.sent.at(-1) as { bytes: Uint8Array }).bytes.subarray(0, STOCK_BYTES));
    expect(head?.frameDurationUs).toBe(33_327);
    expect(Math.abs((head?.readyTimeUs ?? 0) - (EPOCH_US + 1e9 + 100 * FRAME_US))).toBeLessThan(index);
    expect(asked.sent.length).toBeGreaterThan(plain.sent.length);
  });
});

describe('a server whose beginning is open', () => {
  it('takes the last word before it is fixed, and tells it from then on', () => {
    const station = new Station(tracking('open'));
    for (let i = 0; i < 50; i++) station.frame();
    const { server } = station;
    expect(server.change('pause')).toEqual({ kind: 'pause', index: 0 });
    expect(server.change('pause')).toBeUndefined();
    expect(server.change('resume')).toEqual({ kind: 'resume', index: 0 });
    expect(server.change('save')).toBeUndefined();
    for (let i = 0; i < 50; i++) station.frame();
    server.change('pause');
    station.frame();
    expect(station.told).toEqual([]);
    expect(station.sent.every(({ message }) => message.envelope?.changes === undefined)).toBe(true);
    (server as TrackingServer).begin();
    const from = station.sent.length;
    station.runTo(10);
    expect(station.told).toEqual([{ kind: 'pause', index: 0 }]);
    expect(station.sent.slice(from).every(({ message }) => message.envelope?.changes?.length === 1)).toBe(true);
  });

  it('whose pause was taken back begins recording', () => {
    const server = tracking('open');
    const station = new Station(server);
    server.change('pause');
    server.change('resume');
    server.begin();
    station.runTo(100);
    expect(station.told).toEqual([]);
    expect(server.change('resume')).toBeUndefined();
  });
});

describe.each(clients)('a %s client', (_, client) => {
  /** A client beside a station's server, on the same host; `spoil` may change each message or take it away. */
  function beside(
    station: Station,
    machine: ClientMachine,
    toIndex: number,
    spoil: (bytes: Uint8Array, index: number) => Uint8Array | undefined = (bytes) => bytes,
  ): { index: number; changes: readonly RecordingChange[] }[] {
    const told: { index: number; changes: readonly RecordingChange[] }[] = [];
    while (station.index < toIndex) {
      const sent = station.frame();
      const { at } = station;
      const bytes = sent && spoil(sent, station.index);
      if (bytes !== undefined) machine.receive(bytes, 'server', EPOCH_US + at + 500);
      const frame = machine.frame(EPOCH_US + at + 1000, bootUs(at + 1000));
      if (frame.changes.length > 0) told.push({ index: frame.index as number, changes: frame.changes });
    }
    return told;
  }

  it('tells each change once, and what came before the recording with its first frame', () => {
    const station = new Station(tracking());
    const machine = client();
    station.server.change('pause');
    expect(beside(station, machine, 50)).toEqual([{ index: 0, changes: [{ kind: 'pause', index: 0 }] }]);
    const resume = station.server.change('resume') as RecordingChange;
    const told = beside(station, machine, 300);
    expect(told.map(({ changes }) => changes)).toEqual([[resume]]);
    expect(told[0]?.index).toBeLessThan(resume.index);
  });

  it('joins late and knows what was before', () => {
    const station = new Station(stock());
    station.runTo(20);
    const pause = station.server.change('pause') as RecordingChange;
    station.runTo(120);
    const resume = station.server.change('resume') as RecordingChange;
    station.runTo(400);
    expect(beside(station, client(), 500).map(({ changes }) => changes)).toEqual([[pause, resume]]);
  });

  it('takes no change from a message that it refuses, nor a list out of order, of no index or an hour ahead', () => {
    const station = new Station(tracking());
    const machine = client();
    beside(station, machine, 100);
    const forged = (more: (message: SyncMessage) => SyncMessage) => (bytes: Uint8Array) =>
      encodeMessage(more(decodeMessage(bytes) as SyncMessage));
    const saying = (changes: readonly RecordingChange[]) =>
      forged((message) => ({ ...message, envelope: { ...message.envelope, changes } }));
    const pause = (index: number): RecordingChange => ({ kind: 'pause', index });
    const off = forged((message) => ({
      ...message,
      wallClockUs: message.wallClockUs + 5e6,
      envelope: { ...message.envelope, changes: [pause(500)] },
    }));
    const lists = [[pause(-1)], [pause(2e8)], [pause(300), pause(299)], [pause(300), pause(300)]];
    let to = 100;
    for (const spoil of [off, ...lists.map(saying)]) {
      to += 40;
      expect(beside(station, machine, to, spoil)).toEqual([]);
    }
    expect([...machine.guard.refused.values()].reduce((a, b) => a + b, 0)).toBe(1);
    expect(beside(station, machine, to + 40, saying([pause(600)]))).toHaveLength(1);
  });

  it('that records stays on its timeline: changes of a server that began anew are not taken; before, they replace the old ones', () => {
    for (const recording of [true, false]) {
      const machine = client();
      const first = new Station(tracking(recording ? 100 : 400));
      first.server.change('pause');
      const before = beside(first, machine, recording ? 30 : -350);
      expect(before.length).toBe(recording ? 1 : 0);
      // The first is silent until it is forgotten; then another begins.
      const second = new TrackingServer({
        sessionId: 'aaaaaaaaaaaaaaaa',
        frameUs: FRAME_US,
        syncPeriod: 30,
        readyFrame: 100,
      });
      const told: RecordingChange[] = [];
      for (let i = 1; i < 450; i++) {
        const at = first.at + i * FRAME_US;
        if (i > 100) {
          const { send } = second.frame(EPOCH_US + at, bootUs(at));
          if (send !== undefined) machine.receive(send, 'second', EPOCH_US + at + 500);
        }
        if (i === 300) second.change('save');
        told.push(...machine.frame(EPOCH_US + at + 1000, bootUs(at + 1000)).changes);
      }
      expect(machine.guard.server).toBe('aaaaaaaaaaaaaaaa');
      expect(told.map(({ kind }) => kind)).toEqual(recording ? [] : ['save']);
    }
  });
});

describe('changes on the wire', () => {
  const change: fc.Arbitrary<RecordingChange> = fc.record({
    kind: fc.constantFrom('pause', 'resume', 'save'),
    index: fc.maxSafeInteger(),
  });

  it('come back as they went in, and leave the first 40 bytes alone', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 64 }), (changes) => {
        const word = { frameDurationUs: 33_333, wallClockUs: EPOCH_US, readyTimeUs: EPOCH_US };
        const bytes = encodeMessage({ ...word, envelope: { changes } });
        expect(decodeMessage(bytes)).toEqual({ ...word, envelope: { changes } });
        expect(bytes.subarray(0, STOCK_BYTES)).toEqual(encodeMessage(word));
      }),
    );
  });

  it('lie there as documented: type 8, u8 kind and i64 index each; unknown kinds and lengths are passed over', () => {
    const bytes = encodeEnvelope({ changes: [{ kind: 'resume', index: 258 }] });
    expect([...bytes.subarray(7)]).toEqual([8, 9, 0, 1, 2, 1, 0, 0, 0, 0, 0, 0]);
    const unknown = Uint8Array.from(bytes);
    unknown[10] = 9;
    expect(decodeEnvelope(unknown)).toEqual({ changes: [] });
    const odd = Uint8Array.from([...bytes.subarray(0, 5), 11, 0, 8, 8, 0, 1, 2, 1, 0, 0, 0, 0, 0]);
    expect(decodeEnvelope(odd)).toEqual({});
  });
});

describe('a camera’s part in a change', () => {
  const role = (mode: SyncMode) =>
    openRole(
      {
        mode,
        controller: controllerNamed('tracking'),
        settings,
        open: false,
        align: 'end',
        sessionId: '0123456789abcdef',
      },
      { steering: { kind: 'none' } } as unknown as CameraInfo,
      {},
    );
  const frames = (part: ReturnType<typeof role>, from: number, count: number) =>
    Array.from({ length: count }, (_, i) =>
      part.frame(EPOCH_US + (from + i) * FRAME_US, bootUs((from + i) * FRAME_US)),
    );

  it('alone: it takes effect with the next frame, and before the first with frame 0', () => {
    const part = role('off');
    expect(part.change('pause')).toEqual({ kind: 'pause', index: 0 });
    const seen = frames(part, 0, 10);
    expect(seen.map(({ changes }) => changes.length)).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(part.change('pause')).toBeUndefined();
    expect(part.change('resume')).toEqual({ kind: 'resume', index: 10 });
    expect(frames(part, 10, 1)[0]).toMatchObject({ index: 10, changes: [{ kind: 'resume', index: 10 }] });
    expect([part.change('save'), part.change('pause')].map((change) => change?.index)).toEqual([11, 12]);
  });

  it('server: far enough ahead to be told; client: none of its own', () => {
    const server = role('server');
    const [last] = frames(server, 0, 150).slice(-1);
    const pause = server.change('pause');
    expect(pause?.index).toBe((last?.index as number) + ANNOUNCED_FRAMES);
    expect(frames(server, 150, 1)[0]?.changes).toEqual([pause]);
    expect(role('client').change('pause')).toBeUndefined();
  });
});

describe('the scenario of pauses', () => {
  it('fails where a client records another set of frames: with nine of ten messages lost it does', () => {
    const [ours] = pauses.variants;
    if (ours === undefined) throw new Error('no variant');
    const deaf = { ...ours, link: { loss: 0.9 }, stock: undefined };
    const { result } = runScenario({ ...pauses, variants: [deaf] }, { seed: 31 });
    expect(result.failures.join('\n')).toMatch(/\d+ of \d+ frames recorded otherwise than by the server/);
  });
});
