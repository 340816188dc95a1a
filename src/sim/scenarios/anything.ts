import { Random } from '../../sensor/random.ts';
import type { ServerRun, SimCameraOptions } from '../world.ts';
import { lockedIsLocked } from './musts.ts';
import { OURS, type Scenario, SECOND, sensor, serverCamera, type Variant, variant } from './scenario.ts';

const UNTIL_US = 100 * SECOND;
/** Worlds that `simulate` tries. */
const WORLDS = 40;
const MODELS = ['imx219', 'imx219', 'imx708', 'imx477', 'ov9281', 'imx296'] as const;
const DAY_US = 86_400 * SECOND;
/** Slews that a clock daemon makes, as shares: much faster than crystals drift. */
const SLEW = [200e-6, 500e-6] as const;
/** Steps, as powers of ten of a microsecond: from 0.1 ms to an hour. */
const STEP = [2, 9.5] as const;

/**
 * What sets a wall clock now and then: steps of 0.1 ms to an hour, and slews. Slews of one clock never overlap, since
 * the kernel has one slew a clock: with adjtime and adjtimex a later correction replaces an earlier one. Slower slews
 * than these pass for a crystal (docs/sync.md, what is not rigorous).
 */
function clockError(random: Random): (us: number) => number {
  let restUs = 0;
  const events = Array.from({ length: Math.floor(random.between(0, 4)) }, () => random.between(8 * SECOND, UNTIL_US))
    .sort((a, b) => a - b)
    .map((atUs) => {
      const sign = random.chance(0.5) ? 1 : -1;
      if (random.chance(0.5)) return { atUs, us: sign * 10 ** random.between(...STEP), rate: 0, forUs: 0 };
      const slew = { atUs: Math.max(atUs, restUs), us: 0, rate: sign * random.between(...SLEW) };
      const forUs = random.between(1, 30) * SECOND;
      restUs = slew.atUs + forUs;
      return { ...slew, forUs };
    });
  return (us) =>
    events.reduce((sum, { atUs, us: step, rate, forUs }) => {
      return us < atUs ? sum : sum + step + rate * Math.min(us - atUs, forUs);
    }, 0);
}

const host = (random: Random) => ({
  bootAtUs: random.between(30 * SECOND, 300 * DAY_US),
  bootPpm: random.between(-30, 30),
  wallAheadUs: random.between(-2000, 2000),
  wallPpm: random.between(-5, 5),
});

/** The server ends and comes back: its process, its host after a reboot, or another host. */
function serverRuns(random: Random): ServerRun[] {
  const runs: ServerRun[] = [];
  let startUs = random.between(0, SECOND);
  for (const count = Math.floor(random.between(1, 4)); runs.length < count; ) {
    const last = runs.length + 1 === count;
    const endUs = last ? Number.POSITIVE_INFINITY : startUs + random.between(5, 40) * SECOND;
    const session = `00000000000000${random.chance(0.5) ? 10 : 10 + runs.length}`;
    const elsewhere = runs.length > 0 && random.chance(0.7) && { host: host(random), clockErrorUs: clockError(random) };
    runs.push({ startUs, endUs, session, ...elsewhere });
    startUs = endUs + random.between(0.1, 12) * SECOND;
  }
  return runs;
}

function camera(random: Random, startUs: number): SimCameraOptions {
  const mode = sensor(MODELS[Math.floor(random.between(0, MODELS.length))] as string);
  const outliers = { share: 0.005, lateUs: [300, 5000] as const };
  return serverCamera({
    mode,
    ppm: random.between(-80, 80),
    startUs,
    noiseUs: random.between(1, 8),
    ...(random.chance(0.3) && { outliers }),
    ...(random.chance(0.3) && { drop: random.between(0, 0.05) }),
    host: host(random),
    ...(random.chance(0.6) && { clockErrorUs: clockError(random) }),
  });
}

/** A world in which anything may happen, from a seed; nothing need hold but that a client which says locked is. */
export function anyWorld(seed: number): Variant {
  const random = new Random(seed * 8009);
  const downFrom = random.between(0, UNTIL_US);
  const downUs = random.chance(0.5) ? random.between(0.5, 15) * SECOND : 0;
  const slowest = 10 ** random.between(3, 5);
  return variant({
    name: `world-${seed}`,
    untilUs: UNTIL_US,
    server: camera(random, 0),
    serverRuns: serverRuns(random),
    clients: [0, 1].map(() =>
      camera(random, random.chance(0.3) ? random.between(0, 30) * SECOND : random.between(0, 1e5)),
    ),
    link: {
      delayUs: [200, slowest],
      loss: random.chance(0.5) ? random.between(0, 0.4) : 0,
      repeat: random.chance(0.3) ? 0.3 : 0,
      reorder: random.chance(0.3) ? 0.2 : 0,
      down: (us) => us > downFrom && us < downFrom + downUs,
    },
    ...(random.chance(0.4) && { stranger: { flood: Math.floor(random.between(1, 30)) } }),
    ours: OURS,
    stock: undefined,
    windowUs: [10 * SECOND, UNTIL_US],
    musts: [],
  });
}

export const anything: Scenario = {
  name: 'anything',
  about: `${WORLDS} worlds of loss, jitter, drops, steps, slews, restarts, reboots, takeovers and floods, from the seed`,
  limits: 'whoever says locked is within its stated bound in 99 of 100 such frames, and never off by five times of it',
  variants: [],
  survey: (run, seed) =>
    Array.from({ length: WORLDS }, (_, i) => anyWorld(seed * WORLDS + i)).flatMap((world, i) =>
      run(world, seed * WORLDS + i).flatMap((client) => {
        const failure = lockedIsLocked(client);
        return failure === undefined ? [] : [`${world.name}: ${client.camera}: ${failure}`];
      }),
    ),
};
