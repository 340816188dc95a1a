import { describe, expect, it } from 'vitest';
import { Random } from '../src/sensor/random.ts';
import { type Answer, ClockExchange } from '../src/sync/exchange/clock-exchange.ts';
import { offsetAt } from '../src/sync/exchange/host-offset.ts';
import { sampleOf } from '../src/sync/exchange/sample.ts';
import { samples } from './support/thorough.ts';

const HOST = '00000000000000aa';
/** Our boot clock at true time 0, in us. */
const BOOTED_US = 3e9;

/** Two hosts, and the path between them. */
interface Hosts {
  readonly seed: number;
  readonly offsetUs: number;
  readonly driftPpm: number;
  /** Time under way, there and back, in us. */
  readonly there: (random: Random) => number;
  readonly back: (random: Random) => number;
  readonly loss?: number;
}

interface Seen {
  readonly atUs: number;
  readonly errorUs: number;
  readonly boundUs: number;
  readonly standardErrorUs: number;
}

/** Lets them exchange times for so long, in order of time; what is known is looked at ten times a second. */
function exchanged(hosts: Hosts, seconds: number): { seen: Seen[]; exchange: ClockExchange } {
  const random = new Random(hosts.seed);
  const exchange = new ClockExchange();
  const seen: Seen[] = [];
  const trueOffset = (us: number): number => hosts.offsetUs + hosts.driftPpm * 1e-6 * us;
  const theirs = (us: number): number => BOOTED_US + us + trueOffset(us);
  const answers: Answer[] = [];
  exchange.wakeUs = BOOTED_US;
  for (let lookUs = 0; lookUs <= seconds * 1e6; lookUs += 100_000) {
    while (exchange.wakeUs - BOOTED_US <= lookUs) {
      const askedUs = exchange.wakeUs;
      const { sequence } = exchange.ask(askedUs);
      const heard = askedUs - BOOTED_US + hosts.there(random);
      const answered = heard + random.between(20, 200);
      const came = answered + hosts.back(random);
      if (random.chance(hosts.loss ?? 0)) continue;
      answers.push({
        sequence,
        hostId: HOST,
        askedUs,
        heardUs: theirs(heard),
        answeredUs: theirs(answered),
        cameUs: BOOTED_US + came,
      });
      answers.sort((a, b) => a.cameUs - b.cameUs);
    }
    while (answers[0] !== undefined && answers[0].cameUs <= BOOTED_US + lookUs) {
      expect(exchange.answered(answers.shift() as Answer)).toBe(true);
    }
    const offset = exchange.offset(BOOTED_US + lookUs);
    if (offset === undefined) continue;
    const errorUs = Math.abs(offset.offsetUs - trueOffset(lookUs));
    seen.push({ atUs: lookUs, errorUs, boundUs: offset.boundUs, standardErrorUs: offset.standardErrorUs });
  }
  return { seen, exchange };
}

const p99 = (values: number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(0.99 * (sorted.length - 1))] as number;
};
const evenly = (from: number, to: number) => (random: Random) => random.between(from, to);

/** Any two hosts: quiet, slow or lopsided paths, long tails, crystals up to 200 ppm apart. */
function anyHosts(seed: number): Hosts {
  const random = new Random(seed * 17);
  const way = (): ((random: Random) => number) => {
    const least = random.between(20, 5000);
    const spread = random.between(10, 5000);
    const stall = random.chance(0.3) ? 0.02 : 0;
    return (chance) => least + chance.exponential(spread) + (chance.chance(stall) ? 200_000 : 0);
  };
  return {
    seed,
    offsetUs: random.between(-1e13, 1e13),
    driftPpm: random.between(-200, 200),
    there: way(),
    back: way(),
    loss: random.between(0, 0.3),
  };
}

describe('exchange of times on boot clocks', () => {
  it('the true offset lies within the bound, in any world at any time', () => {
    for (let seed = 1; seed <= samples(600, 60); seed++) {
      const { seen, exchange } = exchanged(anyHosts(seed), 8);
      expect(exchange.begunAnew, `seed ${seed}`).toBe(0);
      expect(seen.length, `seed ${seed}`).toBeGreaterThan(20);
      const outside = seen.filter(({ errorUs, boundUs }) => errorUs > boundUs);
      expect(outside, `seed ${seed}`).toEqual([]);
    }
  });

  it.each([
    { name: 'quiet', least: 100, most: 300, errorUs: 30 },
    { name: 'jitter', least: 200, most: 1200, errorUs: 80 },
    { name: 'Wi-Fi', least: 1000, most: 10_000, errorUs: 350 },
  ])('$name: the estimate is close, its standard error is true, the bound no more than the path forces', (path) => {
    const errors: number[] = [];
    const shares: number[] = [];
    const bounds: number[] = [];
    for (let seed = 1; seed <= samples(8, 3); seed++) {
      const way = evenly(path.least, path.most);
      const hosts = { seed, offsetUs: 7.3e9, driftPpm: -60 + 24 * (seed % 6), there: way, back: way, loss: 0.02 };
      for (const { atUs, errorUs, boundUs, standardErrorUs } of exchanged(hosts, 40).seen) {
        if (atUs < 5e6) continue;
        errors.push(errorUs);
        shares.push(errorUs / standardErrorUs);
        bounds.push(boundUs);
      }
    }
    expect(p99(errors)).toBeLessThan(path.errorUs);
    expect(p99(shares)).toBeLessThan(3.5);
    // Half of the shortest round trip is what no bound can go below.
    expect(p99(bounds)).toBeLessThan(Math.max(10 * p99(errors), 3 * path.least));
  });

  it('a path that is longer one way puts the estimate off by half of it, and the bound covers that', () => {
    const hosts = { seed: 5, offsetUs: -4e9, driftPpm: 20, there: evenly(600, 800), back: evenly(100, 300) };
    const { seen } = exchanged(hosts, 20);
    const last = seen.at(-1) as Seen;
    expect(Math.abs(last.errorUs - 250)).toBeLessThan(10);
    expect(last.boundUs).toBeGreaterThan(last.errorUs);
  });

  it('begins anew where the other host is another run, and where its clock was set', () => {
    const exchange = new ClockExchange();
    const ask = (nowUs: number, offsetUs: number, hostId: string): void => {
      const { sequence } = exchange.ask(nowUs);
      const [heardUs, answeredUs] = [nowUs + 100 + offsetUs, nowUs + 110 + offsetUs];
      exchange.answered({ sequence, hostId, askedUs: nowUs, heardUs, answeredUs, cameUs: nowUs + 210 });
    };
    let nowUs = 1e9;
    const many = (offsetUs: number, hostId: string): void => {
      for (let i = 0; i < 20; i++) {
        nowUs += 20_000;
        ask(nowUs, offsetUs, hostId);
      }
    };
    many(5e6, HOST);
    expect(exchange.offset(nowUs)?.offsetUs).toBeCloseTo(5e6, -1);
    many(9e6, HOST);
    expect(exchange.begunAnew).toBe(1);
    expect(exchange.offset(nowUs)?.offsetUs).toBeCloseTo(9e6, -1);
    // Another run, even where its clock is the same.
    nowUs += 20_000;
    ask(nowUs, 9e6, '00000000000000bb');
    expect(exchange.begunAnew).toBe(2);
    expect(exchange.offset(nowUs)).toBeUndefined();
  });

  it('takes an answer once, none that nobody asked for, none with impossible times', () => {
    const exchange = new ClockExchange();
    const { sequence, askedUs } = exchange.ask(1e9);
    const answer = { sequence, hostId: HOST, askedUs, heardUs: 5e9, answeredUs: 5e9 + 10, cameUs: 1e9 + 300 };
    expect(exchange.answered({ ...answer, sequence: sequence + 1 })).toBe(false);
    expect(exchange.answered({ ...answer, askedUs: askedUs + 1 })).toBe(false);
    expect(exchange.answered(answer)).toBe(true);
    expect(exchange.answered(answer)).toBe(false);
    expect(sampleOf({ ...answer, answeredUs: 5e9 - 10 })).toBeUndefined();
    expect(sampleOf({ ...answer, answeredUs: 5e9 + 1000 })).toBeUndefined();
    expect(sampleOf({ ...answer, cameUs: Number.NaN })).toBeUndefined();
  });

  it('counts the time under way from when the question left, and knows its answer by when it was asked', () => {
    const exchange = new ClockExchange();
    for (let i = 1; i <= 20; i++) {
      const askedUs = BOOTED_US + i * 20_000;
      const { sequence } = exchange.ask(askedUs);
      // Written and signed for 300 us; 20 us under way there and back, and both clocks agree.
      exchange.left(sequence, askedUs + 300);
      const [heardUs, answeredUs, cameUs] = [askedUs + 320, askedUs + 350, askedUs + 370];
      const answer = { sequence, hostId: HOST, heardUs, answeredUs, cameUs };
      expect(exchange.answered({ ...answer, askedUs: askedUs + 300 })).toBe(false);
      expect(exchange.answered({ ...answer, askedUs })).toBe(true);
    }
    const { offsetUs, boundUs } = exchange.offset(BOOTED_US + 400_370) ?? {};
    expect(Math.abs(offsetUs ?? Number.NaN)).toBeLessThan(3);
    expect(boundUs).toBeLessThan(60);
  });

  it('says nothing before it knows, and later what it knew with a bound that grows', () => {
    const exchange = new ClockExchange();
    for (let i = 0; i < 20; i++) exchange.ask(1e9 + i * 1000);
    expect(exchange.offset(2e9)).toBeUndefined();
    const way = evenly(100, 300);
    const { exchange: known } = exchanged({ seed: 9, offsetUs: 1e10, driftPpm: 150, there: way, back: way }, 20);
    const [then, later] = [BOOTED_US + 20e6, BOOTED_US + 80e6];
    const offset = known.offset(then) ?? expect.fail('nothing is known');
    const carried = offsetAt(offset, later);
    expect(carried.boundUs).toBeGreaterThan(offset.boundUs + 500);
    expect(carried.standardErrorUs).toBeGreaterThan(offset.standardErrorUs);
    expect(Math.abs(carried.offsetUs - (1e10 + 150e-6 * 80e6))).toBeLessThan(carried.boundUs);
  });
});
