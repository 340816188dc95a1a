import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type GuardNotice, MessageGuard, type Refusal } from '../src/sync/guard.ts';
import { encodeMessage, type SyncMessage } from '../src/wire/message.ts';

const FRAME_US = 33_333;
const PERIOD = 30;
/** A date for the server's frame 0 of the recording. */
const READY_US = 1_700_000_000_000_000;
const DELAY_US = 400;

/** What a server at 30 fps says of its frame `index`. */
const word = (index: number, more: Partial<SyncMessage> = {}): SyncMessage => ({
  frameDurationUs: FRAME_US,
  wallClockUs: READY_US + index * FRAME_US,
  readyTimeUs: READY_US,
  ...more,
});

/** A guard with a network before it: messages reach it `DELAY_US` after their frame, unless told otherwise. */
class Desk {
  readonly guard = new MessageGuard(FRAME_US);
  readonly notices: GuardNotice[] = [];

  hear(message: SyncMessage | Uint8Array, from = 'a', atUs?: number): Refusal | 'taken' {
    const bytes = message instanceof Uint8Array ? message : encodeMessage(message);
    const { message: taken, refused, notices } = this.guard.receive(bytes, from, atUs ?? arrival(message));
    this.notices.push(...notices);
    expect(taken === undefined).toBe(refused !== undefined);
    return refused ?? 'taken';
  }

  /** Hears the server's messages number `from` to `to`, as a stock server sends them; all are taken. */
  follow(from: number, to: number, sender = 'a'): void {
    for (let i = from; i <= to; i++) expect(this.hear(word(i * PERIOD), sender)).toBe('taken');
  }

  kinds(): string[] {
    return this.notices.map(({ kind }) => kind);
  }

  /** The message after those that were followed up to `last` is still taken: nothing in between did harm. */
  goesOn(last: number, sender = 'a'): void {
    const accepted = this.guard.accepted;
    this.follow(last + 1, last + 3, sender);
    expect(this.guard.accepted).toBe(accepted + 3);
    expect(this.guard.server).toBe(sender);
  }
}

const arrival = (message: SyncMessage | Uint8Array): number => {
  if (message instanceof Uint8Array) throw new Error('say when raw bytes arrive');
  return message.wallClockUs + DELAY_US;
};

const at = (index: number): number => READY_US + index * FRAME_US + DELAY_US;

/** Forty bytes with any fields, those too that no server can say. */
function raw(duration: number, wall: bigint, ready: bigint): Uint8Array {
  const bytes = new Uint8Array(40);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, duration, true);
  view.setBigUint64(16, wall, true);
  view.setBigUint64(32, ready, true);
  return bytes;
}

const SESSION_A = '00000000000000aa';
const SESSION_B = '00000000000000bb';

describe('a message that is no message', () => {
  const good = BigInt(READY_US);
  it.each<[string, Uint8Array, Refusal]>([
    ['of no byte', new Uint8Array(0), 'too short'],
    ['of 39 bytes', encodeMessage(word(0)).subarray(0, 39), 'too short'],
    ['with a frame duration of 0', raw(0, good, good), 'frame duration out of reason'],
    ['with a frame duration below 1 ms', raw(999, good, good), 'frame duration out of reason'],
    ['with a frame duration over 10 s', raw(10_000_001, good, good), 'frame duration out of reason'],
    ['with the largest frame duration', raw(0xffff_ffff, good, good), 'frame duration out of reason'],
    ['with a wall clock of 0', raw(FRAME_US, 0n, good), 'time out of reason'],
    ['with a wall clock of 2^53', raw(FRAME_US, 1n << 53n, good), 'time out of reason'],
    ['with a wall clock of 2^64 - 1', raw(FRAME_US, (1n << 64n) - 1n, good), 'time out of reason'],
    ['with a ready time of 0', raw(FRAME_US, good, 0n), 'time out of reason'],
    ['with a ready time of 2^63', raw(FRAME_US, good, 1n << 63n), 'time out of reason'],
  ])('%s is refused by an idle and by a following guard, and changes nothing', (_, bytes, reason) => {
    const desk = new Desk();
    expect(desk.hear(bytes, 'a', at(0))).toBe(reason);
    expect(desk.guard.server).toBeUndefined();
    desk.follow(0, 3);
    expect(desk.hear(bytes, 'a', at(100))).toBe(reason);
    desk.goesOn(3);
    expect(desk.guard.refused).toEqual(new Map([[reason, 2]]));
  });

  it.each([1_000, 10_000_000])('does not include one with a frame duration at the bound of %i us', (durationUs) => {
    const guard = new MessageGuard(durationUs);
    const bytes = raw(durationUs, BigInt(READY_US), BigInt(READY_US));
    expect(guard.receive(bytes, 'a', READY_US).refused).toBeUndefined();
  });

  it('does not include one with times at the bounds, 1 and 2^53 - 1 us', () => {
    for (const wall of [1n, (1n << 53n) - 1n]) {
      for (const ready of [1n, (1n << 53n) - 1n]) {
        const guard = new MessageGuard(FRAME_US);
        guard.recording = true;
        expect(guard.receive(raw(FRAME_US, wall, ready), 'a', READY_US).refused).toBeUndefined();
      }
    }
  });

  it('does not include one that is longer than 40 bytes, whatever stands behind them', () => {
    const desk = new Desk();
    const bytes = new Uint8Array(200).fill(0xa5);
    bytes.set(encodeMessage(word(0)));
    expect(desk.hear(bytes, 'a', at(0))).toBe('taken');
    expect(desk.guard.server).toBe('a');
  });
});

describe('the first message of a server', () => {
  it.each([37e6, -37e6, 3600e6, 40 * 365 * 86_400e6, -40 * 365 * 86_400e6])(
    'is not taken before a recording with a clock that is %d us off; after three seconds of it both clocks are named, once',
    (offUs) => {
      const desk = new Desk();
      for (let i = 0; i < 9; i++) {
        expect(desk.hear(word(i * PERIOD), 'a', at(i * PERIOD) - offUs)).toBe('clock too far off');
        expect(desk.kinds()).toEqual(i < 3 ? [] : ['clocks-apart']);
      }
      expect(desk.guard.server).toBeUndefined();
      desk.follow(9, 12, 'b');
    },
  );

  it('is spoken of again a minute later, and a minute after that, for as long as its clock stays apart; it is never followed', () => {
    const desk = new Desk();
    const seconds = 130;
    for (let s = 0; s * 1e6 < seconds * 1e6; s++) desk.hear(word(s * PERIOD), 'a', at(s * PERIOD) - 37e6);
    expect(desk.kinds()).toEqual(['clocks-apart', 'clocks-apart', 'clocks-apart']);
    expect(desk.guard.server).toBeUndefined();
    expect(desk.guard.accepted).toBe(0);
  });

  it.each([0, 3600e6, -3600e6, 40 * 365 * 86_400e6, -40 * 365 * 86_400e6])(
    'is taken while a recording runs with a clock that is %d us off, and so are those after it',
    (offUs) => {
      const desk = new Desk();
      desk.guard.recording = true;
      for (let i = 0; i < 4; i++) {
        expect(desk.hear(word(i * PERIOD), 'a', at(i * PERIOD) - offUs)).toBe('taken');
      }
      expect(desk.kinds().filter((kind) => kind !== 'clock-difference')).toEqual(['server']);
    },
  );

  it('is not warned of where its first messages wait in a busy process: the freshest tells of the clock', () => {
    const desk = new Desk();
    for (const [i, lateUs] of [150_000, 117_000, 30_000, 0, 160_000].entries()) {
      desk.hear(word(i * PERIOD), 'a', at(i * PERIOD) + lateUs);
    }
    expect(desk.kinds()).toEqual(['server']);
  });

  it.each([
    ['is never warned of on its own host, however late its messages are', 0, []],
    ['is warned of where it is another host, booted a minute apart', 60e6, ['clock-difference']],
  ])('%s', (_, bootedApartUs, said) => {
    const guard = new MessageGuard(FRAME_US);
    const kinds: string[] = [];
    for (let i = 0; i < 6; i++) {
      const { wallClockUs } = word(i * PERIOD);
      const bootUs = 7e9 + i * PERIOD * FRAME_US;
      const message = word(i * PERIOD, { envelope: { sessionId: '00000000000000f0', bootUs } });
      const lateUs = 150_000 + 10_000 * i;
      const own = bootUs + bootedApartUs + lateUs;
      const verdict = guard.receive(encodeMessage(message), 'a', wallClockUs + lateUs, wallClockUs + lateUs, own);
      kinds.push(...verdict.notices.map(({ kind }) => kind));
    }
    expect(kinds).toEqual(['server', ...said]);
  });

  it('is not warned of where a busy process hears its first messages at once, each later than it should', () => {
    const desk = new Desk();
    const every = 6;
    for (const i of [0, 1, 2]) desk.hear(word(i * every), 'a', at(2 * every) + 150_000 + i);
    for (let i = 3; i < 12; i++) desk.hear(word(i * every));
    expect(desk.kinds()).toEqual(['server']);
  });

  it('is warned of where the clocks differ by more than 100 ms, once, with the difference: positive where the server is ahead', () => {
    for (const offUs of [100_001, -100_001]) {
      const desk = new Desk();
      for (let i = 0; i < 3; i++) desk.hear(word(i * PERIOD), 'a', word(i * PERIOD).wallClockUs - offUs);
      expect(desk.notices).toEqual([
        { kind: 'server', from: 'a' },
        { kind: 'clock-difference', from: 'a', differenceUs: offUs },
      ]);
    }
  });

  it.each([100_000, -100_000, 0])('is not warned of at a difference of %i us', (offUs) => {
    const desk = new Desk();
    desk.hear(word(0), 'a', word(0).wallClockUs - offUs);
    expect(desk.kinds()).toEqual(['server']);
  });

  it('may speak of a ready time that is any time in the past, or hours ahead', () => {
    for (const readyTimeUs of [1, READY_US - 10 * 365 * 86_400e6, READY_US - 3600e6, READY_US + 3600e6]) {
      const desk = new Desk();
      for (let i = 0; i < 4; i++) expect(desk.hear(word(i * PERIOD, { readyTimeUs }))).toBe('taken');
    }
  });
});

describe('a message of the known server', () => {
  it('is taken while it lies on the grid: each period, after lost ones, with a ready time computed anew each time', () => {
    const desk = new Desk();
    for (const [i, jitterUs] of [
      [0, 0],
      [1, 40],
      [2, -60],
      [4, 25],
      [6, -10],
    ] as const) {
      expect(desk.hear(word(i * PERIOD, { readyTimeUs: READY_US + jitterUs }))).toBe('taken');
    }
    expect(desk.kinds()).toEqual(['server']);
  });

  it('is taken hours into the recording, when the rounded frame duration moves its ready time by whole frames', () => {
    const desk = new Desk();
    // 33,333.33 us a frame: the word says 33,333, and the ready time that a server computes from its own estimate
    // stays.
    const far = (i: number) => ({
      ...word(0),
      wallClockUs: READY_US + Math.round((1_000_000 + i * PERIOD) * (1e6 / 30)),
      readyTimeUs: READY_US + (i % 2) * 20_000,
    });
    for (let i = 0; i < 6; i++) expect(desk.hear(far(i))).toBe('taken');
  });

  it('from the future by more than two seconds is off the grid, by less is taken: those before it may have been late', () => {
    const desk = new Desk();
    desk.follow(0, 5);
    const early = (us: number) => at(6 * PERIOD) - us;
    expect(desk.hear(word(6 * PERIOD), 'a', early(2_000_010))).toBe('off the grid');
    expect(desk.hear(word(6 * PERIOD), 'a', early(1_999_990))).toBe('taken');
  });

  it('that comes late, as do those after it, and then in time again, tells of no clock that was stepped', () => {
    for (const lateUs of [100_000, 900_000, 3_000_000]) {
      const desk = new Desk();
      desk.follow(0, 5);
      for (let i = 6; i < 16; i++) desk.hear(word(i * PERIOD), 'a', at(i * PERIOD) + lateUs);
      for (let i = 16; i < 30; i++)
        desk.hear(word(i * PERIOD), 'a', Math.max(at(i * PERIOD), at(15 * PERIOD) + lateUs + i));
      desk.goesOn(29);
      expect(desk.kinds()).not.toContain('regrid');
    }
  });

  it('over a second late is off the grid, by less is taken', () => {
    const desk = new Desk();
    desk.follow(0, 5);
    const late = (us: number) => at(6 * PERIOD) + us;
    expect(desk.hear(word(6 * PERIOD), 'a', late(1_000_010))).toBe('off the grid');
    expect(desk.hear(word(6 * PERIOD), 'a', late(999_990))).toBe('taken');
  });

  it('heard twice, or overtaken by a newer one, is refused the second time', () => {
    const desk = new Desk();
    desk.follow(0, 3);
    expect(desk.hear(word(3 * PERIOD), 'a', at(3 * PERIOD) + 50_000)).toBe('older than the last');
    desk.follow(4, 4);
    expect(desk.hear(word(3.5 * PERIOD), 'a', at(4 * PERIOD) + 20_000)).toBe('older than the last');
    desk.goesOn(4);
  });

  it('is not measured against a delay of long ago: a wall clock that slews by half a frame in minutes is followed', () => {
    const desk = new Desk();
    for (let i = 0; i < 200; i++) {
      const slewUs = i * 500;
      expect(desk.hear(word(i * PERIOD), 'a', at(i * PERIOD) - slewUs)).toBe('taken');
    }
  });

  it('with a ready time that moved by over half a frame is off the grid', () => {
    const desk = new Desk();
    desk.follow(0, 2);
    const moved = word(3 * PERIOD, { readyTimeUs: READY_US + FRAME_US });
    expect(desk.hear(moved)).toBe('off the grid');
    desk.goesOn(3);
  });
});

describe('a new grid', () => {
  /** The server's clock stepped by `us` after message 3: its word of frame n. */
  const stepped = (n: number, us: number) =>
    word(n, { wallClockUs: READY_US + n * FRAME_US + us, readyTimeUs: READY_US + us });

  it.each([1e6, -1e6, 3600e6, -3600e6, 17_000, -3e9])(
    'is believed at the third message in a row that agrees on it: a step of %d us',
    (us) => {
      const desk = new Desk();
      desk.follow(0, 3);
      const verdicts = [4, 5, 6, 7].map((i) => desk.hear(stepped(i * PERIOD, us), 'a', at(i * PERIOD)));
      if (us === 17_000) expect(verdicts[0]).toBe('off the grid');
      expect(verdicts).toEqual(['off the grid', 'off the grid', 'taken', 'taken']);
      const regrid = { kind: 'regrid', from: 'a', reason: 'step' };
      expect(desk.notices.filter(({ kind }) => kind === 'regrid')).toEqual([regrid]);
      expect(desk.guard.server).toBe('a');
    },
  );

  it('that counts from the start again is a restart, not a step', () => {
    const desk = new Desk();
    desk.follow(0, 8);
    const offsetUs = 9 * PERIOD * FRAME_US;
    const again = (i: number) =>
      word(0, {
        wallClockUs: READY_US + offsetUs + i * PERIOD * FRAME_US,
        readyTimeUs: READY_US + offsetUs + 100 * FRAME_US,
      });
    const verdicts = [0, 1, 2].map((i) => desk.hear(again(i)));
    expect(verdicts).toEqual(['off the grid', 'off the grid', 'taken']);
    expect(desk.notices.at(-1)).toEqual({ kind: 'regrid', from: 'a', reason: 'restart' });
  });

  it.each([-3600e6, -2e6, 60e6, 3600e6])(
    'is none where this host steps its own clock by %d us: the steady one goes on',
    (us) => {
      const desk = new Desk();
      desk.follow(0, 3);
      for (const i of [4, 5, 6]) {
        const { refused, notices } = desk.guard.receive(
          encodeMessage(word(i * PERIOD)),
          'a',
          at(i * PERIOD) + us,
          at(i * PERIOD),
        );
        expect({ refused, notices }).toEqual({ refused: undefined, notices: [] });
      }
    },
  );

  it('is a step and no silence where its third message takes 50 us longer than those before', () => {
    const desk = new Desk();
    desk.follow(0, 3);
    for (const i of [4, 5, 6]) desk.hear(stepped(i * PERIOD, 1e6), 'a', at(i * PERIOD) + 50);
    expect(desk.kinds()).not.toContain('server-gone');
    expect(desk.kinds()).toContain('regrid');
  });

  it('is not believed of messages that disagree among themselves, however many', () => {
    const desk = new Desk();
    desk.follow(0, 3);
    for (let n = 0; n < 60; n++) {
      const us = 1e6 + n * 100_000;
      expect(desk.hear(stepped(4 * PERIOD, us), 'a', at(3 * PERIOD) + n * 10_000)).toBe('off the grid');
    }
    desk.goesOn(3);
    expect(desk.kinds()).toEqual(['server']);
  });

  it('is not believed when a message of the old one comes in between', () => {
    const desk = new Desk();
    desk.follow(0, 3);
    for (const i of [4, 6, 8, 10]) {
      const half = (i + 0.5) * PERIOD;
      expect(desk.hear(stepped(i * PERIOD, 1e6), 'a', at(i * PERIOD))).toBe('off the grid');
      expect(desk.hear(stepped(half, 1e6), 'a', at(half))).toBe('off the grid');
      expect(desk.hear(word((i + 1) * PERIOD))).toBe('taken');
    }
    expect(desk.kinds()).toEqual(['server']);
  });

  it('is not believed of one datagram repeated', () => {
    const desk = new Desk();
    desk.follow(0, 3);
    for (let n = 0; n < 10; n++) {
      expect(desk.hear(stepped(4 * PERIOD, 1e6), 'a', at(4 * PERIOD) + n * 1000)).toBe('off the grid');
    }
    desk.goesOn(4);
  });

  it('needs three that agree anew when one that agrees with neither comes in between', () => {
    const desk = new Desk();
    desk.follow(0, 3);
    const early = (n: number, us: number) => desk.hear(stepped(n, us), 'a', at(n));
    const verdicts = [early(100, 1e6), early(105, 1e6), early(110, -7e6), early(115, 1e6), early(120, 1e6)];
    expect(verdicts).toEqual(new Array(5).fill('off the grid'));
    expect(early(125, 1e6)).toBe('taken');
  });
});

describe('another server', () => {
  it('is ignored and said once, also when its messages are perfect', () => {
    const desk = new Desk();
    desk.follow(0, 2);
    for (let i = 3; i < 9; i++) {
      expect(desk.hear(word(i * PERIOD + 7), 'b', at(i * PERIOD + 7))).toBe('another server');
      expect(desk.hear(word(i * PERIOD))).toBe('taken');
    }
    expect(desk.notices).toEqual([
      { kind: 'server', from: 'a' },
      { kind: 'second-server', from: 'b', current: 'a' },
    ]);
    expect(desk.guard.refused).toEqual(new Map([['another server', 6]]));
  });

  it('at another rate is another server all the same, and ends nothing', () => {
    const desk = new Desk();
    desk.follow(0, 2);
    for (let i = 0; i < 5; i++) {
      const wallClockUs = READY_US + 3e6 + i * 1.2e6;
      expect(desk.hear({ ...word(0), frameDurationUs: 40_000, wallClockUs }, 'b')).toBe('another server');
      if (i % 2 === 0) desk.hear(word((3 + i) * PERIOD));
    }
    expect(desk.kinds()).toEqual(['server', 'second-server']);
  });

  it('that sends as a thousand senders brings a few notices, and no more counts than there are reasons', () => {
    const desk = new Desk();
    desk.follow(0, 2);
    for (let n = 0; n < 5000; n++) {
      expect(desk.hear(word(2 * PERIOD + 1), `sender ${n}`, at(2 * PERIOD) + n)).toBe('another server');
    }
    expect(desk.notices.length).toBeLessThan(20);
    expect(desk.guard.refused).toEqual(new Map([['another server', 5000]]));
    expect(heldBy(desk.guard)).toBeLessThan(200);
    desk.goesOn(2);
  });

  it('that sends garbage of every kind for long leaves the guard as small as it was', () => {
    const desk = new Desk();
    desk.follow(0, 2);
    for (let n = 0; n < 3000; n++) {
      const us = 1e6 * (1 + (n % 700));
      desk.hear(
        word(3 * PERIOD, { wallClockUs: READY_US + us, readyTimeUs: READY_US + us }),
        'a',
        at(2 * PERIOD) + n * 300,
      );
      desk.hear(
        { ...word(0), frameDurationUs: 20_000 + (n % 5000), wallClockUs: READY_US + us },
        'a',
        at(2 * PERIOD) + n * 300,
      );
    }
    expect(heldBy(desk.guard)).toBeLessThan(200);
    expect(desk.kinds()).toEqual(['server']);
  });

  it('is followed once the first one has been silent for long enough', () => {
    const desk = new Desk();
    desk.follow(0, 2);
    expect(desk.hear(word(5 * PERIOD), 'b')).toBe('another server');
    expect(desk.hear(word(6 * PERIOD), 'b')).toBe('taken');
    expect(desk.kinds()).toEqual(['server', 'second-server', 'server-gone', 'server']);
    desk.goesOn(6, 'b');
  });
});

describe('a silent server', () => {
  it('is forgotten after three of its own periods, and said once', () => {
    const desk = new Desk();
    for (let i = 0; i < 4; i++) desk.hear(word(i * 60));
    const period = 60 * FRAME_US;
    expect(desk.guard.tick(at(180) + 3 * period)).toEqual([]);
    expect(desk.guard.server).toBe('a');
    expect(desk.guard.tick(at(180) + 3 * period + 1)).toEqual([{ kind: 'server-gone', from: 'a' }]);
    expect(desk.guard.server).toBeUndefined();
    expect(desk.guard.tick(at(180) + 30 * period)).toEqual([]);
  });

  it('of which one message was heard is taken to send every 30 frames', () => {
    const desk = new Desk();
    desk.hear(word(0));
    expect(desk.guard.tick(at(0) + 3 * PERIOD * FRAME_US)).toEqual([]);
    expect(desk.guard.tick(at(0) + 3 * PERIOD * FRAME_US + 1)).toHaveLength(1);
  });

  it('of which every other message is lost is not forgotten for that', () => {
    const desk = new Desk();
    desk.follow(0, 2);
    for (const i of [4, 6, 8]) expect(desk.hear(word(i * PERIOD))).toBe('taken');
    expect(desk.kinds()).toEqual(['server']);
  });

  it('that comes back is met anew, whatever its clock says then', () => {
    const desk = new Desk();
    desk.follow(0, 2);
    const later = at(2 * PERIOD) + 20e6;
    desk.guard.recording = true;
    expect(desk.hear(word(0), 'a', later)).toBe('taken');
    expect(desk.kinds()).toEqual(['server', 'server-gone', 'server', 'clock-difference']);
  });

  it('is not kept alive by what is refused of it', () => {
    const desk = new Desk();
    desk.follow(0, 2);
    for (let n = 1; n <= 7; n++) desk.hear(word(2 * PERIOD), 'a', at(2 * PERIOD) + n * 400_000);
    expect(desk.guard.server).toBe('a');
    expect(desk.guard.tick(at(2 * PERIOD) + 3.1e6)).toHaveLength(1);
  });
});

describe('another frame rate', () => {
  const rated = (durationUs: number, i: number): SyncMessage => ({
    frameDurationUs: durationUs,
    wallClockUs: READY_US + i * 30 * durationUs,
    readyTimeUs: READY_US,
  });

  it('is one that is over 0.2 % off the own one', () => {
    for (const [share, verdict] of [
      [1.0019, 'taken'],
      [0.9981, 'taken'],
      [1.0021, 'other frame rate'],
      [0.9979, 'other frame rate'],
    ] as const) {
      expect(new Desk().hear(rated(Math.round(FRAME_US * share), 0))).toBe(verdict);
    }
  });

  it('is said, with the rate, at the second message that agrees on it', () => {
    const desk = new Desk();
    expect(desk.hear(rated(40_000, 0))).toBe('other frame rate');
    expect(desk.notices).toEqual([]);
    expect(desk.hear(rated(40_000, 1))).toBe('other frame rate');
    expect(desk.notices).toEqual([{ kind: 'other-rate', from: 'a', serverFps: 25 }]);
    expect(desk.guard.server).toBeUndefined();
  });

  it('is not said of messages that disagree: on the rate, the sender, the grid, or the time between them', () => {
    const wrong: [SyncMessage, string, number?][][] = [
      [
        [rated(40_000, 0), 'a'],
        [rated(20_000, 1), 'a'],
      ],
      [
        [rated(40_000, 0), 'a'],
        [rated(40_000, 1), 'b'],
      ],
      [
        [rated(40_000, 0), 'a'],
        [rated(40_000, 0), 'a'],
      ],
      [
        [rated(40_000, 1), 'a'],
        [rated(40_000, 0), 'a'],
      ],
      [
        [rated(40_000, 0), 'a'],
        [{ ...rated(40_000, 1), wallClockUs: READY_US + 30.5 * 40_000 }, 'a'],
      ],
      [
        [rated(40_000, 0), 'a'],
        [rated(40_000, 1), 'a', READY_US + DELAY_US + 10_000],
      ],
    ];
    for (const messages of wrong) {
      const desk = new Desk();
      for (const [message, from, atUs] of messages) desk.hear(message, from, atUs);
      expect(desk.notices).toEqual([]);
    }
  });

  it('is not said when a message at the own rate comes in between', () => {
    const desk = new Desk();
    desk.hear(rated(40_000, 0), 'b');
    desk.hear(word(3), 'a');
    desk.hear(rated(40_000, 1), 'b');
    expect(desk.kinds()).toEqual(['server', 'second-server']);
  });

  it('in one garbled message of the known server changes nothing', () => {
    const desk = new Desk();
    desk.follow(0, 3);
    expect(desk.hear(rated(40_000, 3), 'a')).toBe('other frame rate');
    desk.goesOn(3);
    expect(desk.kinds()).toEqual(['server']);
  });

  it('is said again by another server at it, once', () => {
    const desk = new Desk();
    for (const from of ['a', 'b']) for (let i = 0; i < 2; i++) desk.hear(rated(40_000, i), from);
    expect(desk.notices).toEqual([
      { kind: 'other-rate', from: 'a', serverFps: 25 },
      { kind: 'other-rate', from: 'b', serverFps: 25 },
    ]);
  });

  it('is said once a server, not once a message', () => {
    const desk = new Desk();
    for (let i = 0; i < 10; i++) desk.hear(rated(40_000, i));
    expect(desk.kinds()).toEqual(['other-rate']);
  });
});

describe('the session id of an envelope', () => {
  const named = (index: number, sessionId: string): SyncMessage =>
    word(index, { envelope: { sessionId, frameIndex: index } });

  it('is who the server is, wherever it sends from', () => {
    const desk = new Desk();
    for (let i = 0; i < 5; i++) expect(desk.hear(named(i * PERIOD, SESSION_A), `10.0.0.${i}:4000`)).toBe('taken');
    expect(desk.guard.server).toBe(SESSION_A);
    expect(desk.kinds()).toEqual(['server']);
  });

  it('tells two servers at one address apart', () => {
    const desk = new Desk();
    expect(desk.hear(named(0, SESSION_A))).toBe('taken');
    expect(desk.hear(named(30, SESSION_B))).toBe('another server');
    expect(desk.hear(named(30, SESSION_A))).toBe('taken');
    expect(desk.notices.at(-1)).toEqual({ kind: 'second-server', from: SESSION_B, current: SESSION_A });
  });

  it('that is not there, or can not be read, leaves the address', () => {
    const desk = new Desk();
    const bytes = encodeMessage(named(0, SESSION_A));
    bytes[44] = 9; // another version
    expect(desk.hear(bytes, '10.0.0.1:4000', at(0))).toBe('taken');
    expect(desk.guard.server).toBe('10.0.0.1:4000');
  });

  it('comes with a frame index that is held against its times: one frame more at the same time can not be', () => {
    const desk = new Desk();
    for (let i = 0; i < 3; i++) desk.hear(named(i * PERIOD, SESSION_A));
    const wrong = word(3 * PERIOD, { envelope: { sessionId: SESSION_A, frameIndex: 3 * PERIOD + 1 } });
    expect(desk.hear(wrong)).toBe('number out of reason');
    expect(desk.hear(named(3 * PERIOD, SESSION_A))).toBe('taken');
  });
});

describe('whatever comes in between', () => {
  const junk = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc.uint8Array({ minLength: 40, maxLength: 40 }),
    // One of the server's own messages with bits flipped in what tells a time or a rate apart.
    fc
      .tuple(fc.integer({ min: 0, max: 3 }), fc.array(fc.tuple(fc.nat(31), fc.nat(7)), { minLength: 1, maxLength: 8 }))
      .map(([n, flips]) => {
        const bytes = encodeMessage(word(n * PERIOD));
        for (const [byte, bit] of flips) {
          const place = byte === 0 ? 3 : 21 + (byte % 3);
          bytes[place] = (bytes[place] as number) ^ (1 << bit);
        }
        return bytes;
      }),
  );

  it('random and garbled datagrams from anywhere break nothing: the next message of the server is taken', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(junk, fc.constantFrom('b', 'c', 'd')), { maxLength: 60 }), (received) => {
        const desk = new Desk();
        desk.follow(0, 3);
        for (const [i, [bytes, from]] of received.entries()) desk.hear(bytes, from, at(3 * PERIOD) + i * 10_000);
        desk.goesOn(3);
        expect(desk.kinds().filter((kind) => kind !== 'second-server')).toEqual(['server']);
      }),
      { numRuns: 200 },
    );
  });

  it('random datagrams in the name of the server break nothing either', () => {
    fc.assert(
      fc.property(fc.array(junk, { maxLength: 60 }), (received) => {
        const desk = new Desk();
        desk.follow(0, 3);
        for (const [i, bytes] of received.entries()) {
          expect(desk.hear(bytes, 'a', at(3 * PERIOD) + i * 10_000)).not.toBe('taken');
        }
        desk.goesOn(3);
        expect(desk.kinds()).toEqual(['server']);
      }),
      { numRuns: 200 },
    );
  });

  it('all that is refused is counted by its reason, and all that is taken too', () => {
    const desk = new Desk();
    desk.hear(new Uint8Array(3), 'x', at(0));
    desk.follow(0, 4);
    desk.hear(new Uint8Array(3), 'x', at(4 * PERIOD));
    desk.hear(word(4 * PERIOD), 'a', at(4 * PERIOD) + 10);
    desk.hear(word(4 * PERIOD), 'b', at(4 * PERIOD) + 10);
    desk.hear(word(4 * PERIOD, { readyTimeUs: READY_US + 5e6 }), 'a', at(4 * PERIOD) + 20);
    desk.hear({ ...word(4 * PERIOD), frameDurationUs: 20_000 }, 'a', at(4 * PERIOD) + 30);
    expect(desk.guard.accepted).toBe(5);
    expect(desk.guard.refused).toEqual(
      new Map<Refusal, number>([
        ['too short', 2],
        ['older than the last', 1],
        ['another server', 1],
        ['off the grid', 1],
        ['other frame rate', 1],
      ]),
    );
  });
});

/** How many values a guard holds on to, in all its fields and what they lead to. */
function heldBy(value: unknown, seen = new Set<unknown>()): number {
  if (typeof value !== 'object' || value === null || seen.has(value)) return 1;
  seen.add(value);
  const inside = value instanceof Map || value instanceof Set ? [...value.values()] : Object.values(value);
  return inside.reduce<number>((sum, each) => sum + heldBy(each, seen), 1);
}
