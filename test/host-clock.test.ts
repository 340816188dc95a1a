import { describe, expect, it } from 'vitest';
import { UsageError } from '../src/errors.ts';
import { type HostClock, openClock } from '../src/host/clock.ts';
import { clockInfo } from '../src/host/clock-info.ts';
import { openDateClock } from '../src/host/date-clock.ts';
import { injectClockError, parseClockError } from '../src/host/injected-clock.ts';
import { parseTimex, readKernelClock, TIMEX_BYTES } from '../src/host/kernel-clock.ts';
import { loadKoffi } from '../src/host/koffi.ts';
import { openSystemClock, readPair } from '../src/host/system-clock.ts';
import { monoToBoot } from '../src/time/bracket.ts';
import type { Clock } from '../src/time/clock.ts';
import { bootUs, monoUs, wallUs } from '../src/time/units.ts';

const koffi = loadKoffi();
const withoutKoffi = () => undefined;

describe.each([
  ['of this host', () => openClock({ error: undefined }), 0],
  ['without koffi', () => openClock({ error: undefined, loadKoffi: withoutKoffi }), 0],
  ['of another host', () => openClock({ error: 'offset=-1500ms,ppm=100' }), -1_500_000],
  ['of another host, without koffi', () => openClock({ error: 'offset=3s', loadKoffi: withoutKoffi }), 3_000_000],
] satisfies [string, () => HostClock, number][])('a clock %s', (_, open, offsetUs) => {
  it('agrees with Date.now, to 5 ms, but for what was injected', () => {
    const clock = open();
    const before = Date.now() * 1000;
    const wall = clock.wall() - offsetUs;
    const after = Date.now() * 1000 + 1000;
    expect(wall).toBeGreaterThan(before - 5000);
    expect(wall).toBeLessThan(after + 5000);
  });

  it('never runs backwards in boot or monotonic time', () => {
    const clock = open();
    let [boot, mono] = [clock.boot(), clock.mono()];
    for (let i = 0; i < 20_000; i++) {
      const [nextBoot, nextMono] = [clock.boot(), clock.mono()];
      if (nextBoot < boot || nextMono < mono) expect.fail(`boot ${boot} to ${nextBoot}, mono ${mono} to ${nextMono}`);
      [boot, mono] = [nextBoot, nextMono];
    }
  });

  it('pairs readings that lie between those taken around them', () => {
    const clock = open();
    const slack = clock.resolutionUs;
    for (let i = 0; i < 1000; i++) {
      const [wall, boot] = [clock.wall(), clock.boot()];
      const pair = clock.pair();
      const [wallAfter, bootAfter] = [clock.wall(), clock.boot()];
      expect(pair.bootUs).toBeGreaterThanOrEqual(boot);
      expect(pair.bootUs).toBeLessThanOrEqual(bootAfter);
      expect(pair.wallUs).toBeGreaterThanOrEqual(wall - slack);
      expect(pair.wallUs).toBeLessThanOrEqual(wallAfter + slack);
    }
  });

  it("shows the machine's own monotonic time", () => {
    const clock = open();
    const before = Number(process.hrtime.bigint()) / 1000;
    const mono = clock.mono();
    const after = Number(process.hrtime.bigint()) / 1000;
    expect(mono).toBeGreaterThanOrEqual(before - 0.01);
    expect(mono).toBeLessThanOrEqual(after + 0.01);
  });
});

describe('clock_gettime', () => {
  it('is what reads the clock where koffi and the platform allow', (context) => {
    if (!koffi) return context.skip('koffi is not installed');
    if (process.platform !== 'linux' && process.platform !== 'darwin')
      return context.skip(`no clock_gettime on ${process.platform}`);
    const clock = openClock({ error: undefined });
    expect(clock).toMatchObject({ source: 'clock_gettime', resolutionUs: 1 });
    expect(clock.coarse).toBeUndefined();
  });

  it('is not there on a platform without it, and the user is told', (context) => {
    if (!koffi) return context.skip('koffi is not installed');
    const clock = openClock({ error: undefined, platform: 'win32' });
    expect(clock.source).toBe('Date.now');
    expect(clock.coarse).toMatch(
      /^no clock_gettime on win32: the wall clock is read through Date.now, to about \d+ us$/,
    );
  });

  it('is within the stated resolution of what Date.now was refined to', (context) => {
    const fine = koffi && openSystemClock(koffi);
    if (!fine) return context.skip('koffi or clock_gettime is not here');
    const coarse = openDateClock();
    for (let i = 0; i < 5000; i++) {
      const before: number = fine.wall();
      const wall = coarse.wall();
      const after: number = fine.wall();
      const slack: number = coarse.resolutionUs + fine.resolutionUs;
      if (wall < before - slack || wall > after + slack)
        expect.fail(`${wall} is not in ${before} to ${after} +- ${slack} us`);
    }
  });

  it('takes of several pairs the one that was disturbed least', () => {
    const brackets = [500, 40, 3, 800, 60];
    let now = 1000;
    let half = 0;
    const boot = () => {
      now += half;
      half = (brackets.shift() ?? 0) / 2;
      return now;
    };
    const wall = () => {
      now += half;
      return now + 1_000_000;
    };
    expect(readPair(boot, wall)).toEqual({ bootUs: 1000 + 500 + 40 + 1.5, wallUs: 1_000_000 + 1000 + 500 + 40 + 1.5 });
  });

  it('asks no more where the first pair is good', () => {
    let calls = 0;
    const boot = () => ++calls * 0.3;
    expect(readPair(boot, () => 7)).toEqual({ bootUs: (0.3 + 0.6) / 2, wallUs: 7 });
    expect(calls).toBe(2);
  });
});

describe('a clock without koffi', () => {
  it('tells the user how coarse it is', () => {
    const clock = openClock({ error: undefined, loadKoffi: withoutKoffi });
    expect(clock.source).toBe('Date.now');
    expect(clock.coarse).toBe(
      `koffi is not installed: the wall clock is read through Date.now, to about ${clock.resolutionUs} us`,
    );
  });

  it('finds the time between two steps of Date.now', () => {
    for (const offset of [1_700_000_000_000_000, 1_700_000_000_000_123.5, 1_699_999_999_999_999]) {
      const world = new DateWorld(offset);
      const clock = openDateClock(world);
      expect(Math.abs(world.error(clock))).toBeLessThan(2);
      expect(clock.resolutionUs).toBeLessThanOrEqual(50);
    }
  });

  it('waits at most 20 ms for Date.now to change', () => {
    const world = new DateWorld(1.7e15);
    const from = world.us;
    openDateClock({ mono: world.mono, now: () => 1_700_000_000_000 });
    expect(world.us - from).toBeLessThan(20_010);
  });

  it.each([3_600_000_000, -3_600_000_000, 1500, -1500, 20_000.5])('follows a step of %d us at once', (by) => {
    const world = new DateWorld(1.7e15);
    const clock = openDateClock(world);
    world.offset += by;
    expect(Math.abs(clock.wall() - (world.us + world.offset))).toBeLessThan(2);
    expect(Math.abs(world.error(clock))).toBeLessThan(2);
  });

  it.each([700, -700])('follows a step of %d us within a second of frames', (by) => {
    const world = new DateWorld(1.7e15);
    const clock = openDateClock(world);
    world.offset += by;
    for (let i = 0; i < 30; i++) {
      world.us += 33_333 + i * 37;
      clock.pair();
    }
    expect(Math.abs(world.error(clock))).toBeLessThan(50);
  });

  it.each([20, -20])('follows a wall clock that is slewed by %d ppm against the monotonic one', (ppm) => {
    const world = new DateWorld(1.7e15);
    const clock = openDateClock(world);
    let worst = 0;
    for (let i = 0; i < 30 * 60; i++) {
      // Five readings a frame, a few hundred us apart, as the work in between falls.
      for (let j = 0; j < 5; j++) {
        world.pass(211 + ((i * 7919 + j * 104_729) % 997), ppm);
        worst = Math.max(worst, Math.abs(world.error(clock)));
      }
      world.pass(30_000, ppm);
    }
    expect(worst).toBeLessThan(50);
  });
});

describe('an injected clock error', () => {
  it.each([
    ['offset=1500us', { offsetUs: 1500, ppm: 0, steps: [] }],
    ['offset=-2.5ms,ppm=20', { offsetUs: -2500, ppm: 20, steps: [] }],
    ['ppm=-0.5', { offsetUs: 0, ppm: -0.5, steps: [] }],
    [' ppm = 3 , offset = 1s ', { offsetUs: 1_000_000, ppm: 3, steps: [] }],
    ['offset=250ns', { offsetUs: 0.25, ppm: 0, steps: [] }],
    ['step=-1s@boot+90s', { offsetUs: 0, ppm: 0, steps: [{ byUs: -1e6, afterUs: 90e6, sinceBoot: true }] }],
    ['step=1s@5s', { offsetUs: 0, ppm: 0, steps: [{ byUs: 1_000_000, afterUs: 5_000_000 }] }],
    ['boot-offset=7200s,boot-ppm=-50', { offsetUs: 0, ppm: 0, bootOffsetUs: 7.2e9, bootPpm: -50, steps: [] }],
    [
      'step=-30ms@500ms,step=30ms@1s',
      {
        offsetUs: 0,
        ppm: 0,
        steps: [
          { byUs: -30_000, afterUs: 500_000 },
          { byUs: 30_000, afterUs: 1_000_000 },
        ],
      },
    ],
  ])('reads %j', (text, error) => {
    expect(parseClockError(text)).toEqual(error);
  });

  it.each([
    'offset',
    'offset=',
    'offset=1500',
    'offset=1500 apples',
    'offset=1e3us',
    'offset=us',
    'offset=1us,offset=2us',
    'offset=99999999999s',
    'ppm=fast',
    'ppm=',
    'ppm=1000000',
    'ppm=Infinity',
    'ppm=1,ppm=1',
    'step=1s',
    'step=1s@-5s',
    'step=@',
    'step=1@5',
    'speed=2',
    ',',
    'offset=1us,',
    'boot-offset=1',
    'boot-offset=1s,boot-offset=1s',
    'boot-ppm=fast',
    'boot=1s',
  ])('refuses %j and says what is right', (text) => {
    expect(() => parseClockError(text)).toThrow(UsageError);
    expect(() => parseClockError(text)).toThrow(`GENLOCK_CLOCK='${text}'`);
    expect(() => parseClockError(text)).toThrow("it looks like 'offset=1500us,ppm=20' or 'step=1s@5s'");
    expect(() => openClock({ error: text })).toThrow(UsageError);
  });

  it('comes from GENLOCK_CLOCK', () => {
    const before = process.env.GENLOCK_CLOCK;
    try {
      process.env.GENLOCK_CLOCK = 'offset=1500us,ppm=20';
      expect(openClock().injected).toEqual({ offsetUs: 1500, ppm: 20, steps: [] });
      process.env.GENLOCK_CLOCK = '';
      expect(openClock().injected).toBeUndefined();
    } finally {
      if (before === undefined) delete process.env.GENLOCK_CLOCK;
      else process.env.GENLOCK_CLOCK = before;
    }
  });

  it('shifts and stretches the wall clock, from when the clock was opened', () => {
    const host = new FakeHost();
    const clock = injectClockError(host, { offsetUs: -1500, ppm: 20, steps: [] });
    expect(clock.wall() - host.wall()).toBe(-1500);
    host.us += 10e6;
    expect(clock.wall() - host.wall()).toBe(-1300);
    expect(clock.pair()).toEqual({ bootUs: host.boot(), wallUs: host.wall() - 1300 });
  });

  it('steps the wall clock when its time has come', () => {
    const host = new FakeHost();
    const clock = injectClockError(host, parseClockError('step=1s@5s,step=-3s@6s'));
    const shift = () => clock.wall() - host.wall();
    host.us += 4_999_999;
    expect(shift()).toBe(0);
    host.us += 1;
    expect(shift()).toBe(1e6);
    expect(clock.pair().wallUs - host.wall()).toBe(1e6);
    host.us += 1e6;
    expect(shift()).toBe(-2e6);
  });

  it('steps at a moment since boot, whenever the clock was opened', () => {
    const host = new FakeHost();
    const atUs = Number(host.boot()) + 2e6;
    const error = parseClockError(`step=1s@boot+${atUs}us`);
    const early = injectClockError(host, error);
    host.us += 1e6;
    const later = injectClockError(host, error);
    host.us += 999_999;
    expect([early.wall() - host.wall(), later.wall() - host.wall()]).toEqual([0, 0]);
    host.us += 1;
    expect([early.wall() - host.wall(), later.wall() - host.wall()]).toEqual([1e6, 1e6]);
  });

  it('moves the boot clock, the same in all processes of the host, and a camera stamps by it', () => {
    const host = new FakeHost();
    const error = parseClockError('offset=1s,boot-offset=-3600s,boot-ppm=50');
    const early = injectClockError(host, error);
    host.us += 1e6;
    const later = injectClockError(host, error);
    const boot = Number(host.boot()) - 3600e6 + 50e-6 * Number(host.boot());
    expect([early.boot(), later.boot(), early.pair().bootUs]).toEqual([boot, boot, boot]);
    expect([early.mono(), early.wall() - host.wall(), early.pair().wallUs - host.wall()]).toEqual([
      host.mono(),
      1e6,
      1e6,
    ]);
    expect(monoToBoot(early, host.mono())).toBe(boot);
  });

  it('of the wall clock leaves boot and monotonic time physical', () => {
    const host = new FakeHost();
    const clock = injectClockError(host, parseClockError('offset=1s,ppm=100,step=1s@0s'));
    host.us += 1e6;
    expect([clock.boot(), clock.mono(), clock.pair().bootUs]).toEqual([host.boot(), host.mono(), host.boot()]);
  });
});

describe("what is known of a host's clock", () => {
  const fields = { status: 0x2001, offset: 0, maxError: 0, estError: 0 };
  const timex = ({ status, offset, maxError, estError }: typeof fields) => {
    const bytes = new Uint8Array(TIMEX_BYTES);
    // struct timex of 64-bit Linux, in this machine's byte order.
    new BigInt64Array(bytes.buffer).set([BigInt(offset), 0n, BigInt(maxError), BigInt(estError)], 1);
    new Int32Array(bytes.buffer)[10] = status;
    return bytes;
  };

  it('is its bound where a time service vouches for one', () => {
    expect(parseTimex(timex({ ...fields, status: 0x2000, maxError: 8200, estError: 310 }), 0)).toEqual({
      synchronised: true,
      offsetUs: undefined,
      boundUs: 8200,
    });
  });

  it.each([
    ['no estimated error beside it (systemd-timesyncd)', 500, 0],
    ['an estimate above it (phc2sys)', 500, 16_000_000],
  ])('is no bound where there is %s', (_, maxError, estError) => {
    expect(parseTimex(timex({ ...fields, maxError, estError }), 0)).toMatchObject({
      synchronised: true,
      boundUs: undefined,
    });
  });

  it("is the offset that the kernel has yet to correct, with the error's sign", () => {
    expect(parseTimex(timex({ ...fields, offset: 2500 }), 0).offsetUs).toBe(-2.5);
    expect(parseTimex(timex({ ...fields, status: 1, offset: -40 }), 0).offsetUs).toBe(40);
    expect(parseTimex(timex(fields), 0).offsetUs).toBe(0);
  });

  it.each([
    ['its status says so', 0x2041, 0],
    ['the call returns so', 0x2001, 5],
  ])('is nothing where the clock is not synchronised: %s', (_, status, state) => {
    const known = parseTimex(timex({ ...fields, status, offset: 7, maxError: 8200, estError: 310 }), state);
    expect(known).toEqual({ synchronised: false, offsetUs: undefined, boundUs: undefined });
  });

  it('comes from the kernel of this host', (context) => {
    if (!koffi) return context.skip('koffi is not installed');
    if (process.platform !== 'linux') return context.skip(`adjtimex is Linux's own, this is ${process.platform}`);
    const kernel = readKernelClock(koffi);
    if (!kernel) return context.skip('adjtimex is not allowed here');
    expect(kernel.synchronised).toBeTypeOf('boolean');
    expect(kernel.boundUs === undefined || kernel.boundUs > 0).toBe(true);
    expect(readKernelClock(koffi, 'darwin')).toBeUndefined();
  });

  it('leaves out what is unknown, and names what was injected', () => {
    const clock = openClock({ error: 'offset=1500us', loadKoffi: withoutKoffi });
    const unknown = { synchronised: false, offsetUs: undefined, boundUs: undefined };
    const info = clockInfo(clock, unknown);
    expect(Object.keys(info).sort()).toEqual(['host', 'injected', 'resolutionUs', 'source', 'synchronised']);
    expect(info).toMatchObject({
      source: 'Date.now',
      synchronised: false,
      injected: { offsetUs: 1500, ppm: 0, steps: [] },
    });

    const known = clockInfo(openClock({ error: undefined }), { synchronised: true, offsetUs: -3, boundUs: 900 });
    expect(known).toMatchObject({ synchronised: true, offsetUs: -3, boundUs: 900 });
    expect(known).not.toHaveProperty('injected');
  });
});

/** A host whose wall clock only Date.now reads: each reading takes 0.3 us. */
class DateWorld {
  us = 1_000_000.7;
  offset: number;

  constructor(offset: number) {
    this.offset = offset;
  }

  readonly mono = () => {
    this.us += 0.3;
    return monoUs(this.us);
  };
  readonly now = () => {
    this.us += 0.3;
    return Math.floor((this.us + this.offset) / 1000);
  };

  pass(us: number, ppm: number): void {
    this.us += us;
    this.offset += us * ppm * 1e-6;
  }

  /** How far a reading is from the true wall clock at the reading's boot time. */
  error(clock: Clock): number {
    const pair = clock.pair();
    return pair.wallUs - (pair.bootUs + this.offset);
  }
}

/** A host whose clocks stand still until told. */
class FakeHost implements Clock {
  readonly source = 'fake';
  readonly resolutionUs = 0;
  us = 77e6;
  readonly wall = () => wallUs(this.us + 1.7e15);
  readonly boot = () => bootUs(this.us);
  readonly mono = () => monoUs(this.us - 5);
  readonly pair = () => ({ bootUs: this.boot(), wallUs: this.wall() });
}
