/*
 * One take of four hosts, each a network namespace with a clock of its own, hours and 50 ppm apart, by its pixels:
 *
 *     npm run build && npx tsx bench/hosts.ts [SECONDS] [quiet|jitter|wifi ...]
 *
 * A virtual imx219 on each, 320x240 at 30 fps, 60 s unless told otherwise, `genlock record --hosts` on the first; what
 * is between them is as quick as it is, has 0.2 to 1.2 ms of jitter each way, or is like Wi-Fi: 1 to 10 ms, 2 % lost,
 * stalls of 200 ms. Exit 1 where a figure misses its limit.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTake } from '../src/record/take.ts';
import { Hosts, type Link, type TestHost, type Way } from '../test/support/hosts.ts';
import { machine } from './machine.ts';

const HOSTS = 4;
const [secondsGiven = '60', ...asked] = process.argv.slice(2);
const CLOCKS = [
  undefined,
  'offset=-10800s,boot-offset=7200s,boot-ppm=50',
  'offset=3600s,boot-offset=86400s,boot-ppm=-50',
  'offset=7200s,boot-offset=1000s,boot-ppm=25',
];
/** From Enter to frame 0, in s. */
const MOST_BEGIN_S = 3;
/** The bound is at most so many times the p99. */
const MOST_TIMES = 10;

interface Kind {
  readonly links?: readonly Link[];
  /** Of any two hosts, in us. */
  readonly p99Us: number;
  readonly clockLimit: string;
}

const both = (way: Way): readonly Link[] => Array.from({ length: HOSTS }, () => ({ to: way, from: way }));
/** A way leads over two links: each has half of it. */
const KINDS: Readonly<Record<string, Kind>> = {
  quiet: { p99Us: 40, clockLimit: '400us' },
  jitter: { p99Us: 150, clockLimit: '2ms', links: both({ delayUs: 100, jitterUs: 500 }) },
  wifi: {
    p99Us: 500,
    clockLimit: '20ms',
    links: both({ delayUs: 500, jitterUs: 4500, loss: 0.01, stallEveryS: 5, stallS: 0.2 }),
  },
};

async function run(name: string, { links, p99Us, clockLimit }: Kind): Promise<boolean> {
  const hosts = await Hosts.make(HOSTS, { clocks: CLOCKS, ...(links && { links }) });
  try {
    await hosts.rig();
    const first = hosts.all[0] as TestHost;
    const folder = join(first.folder, 'bench');
    const size = ['--width', '320', '--height', '240', '--encoder', 'node-av'];
    const entered = performance.now();
    const take = first.start([
      'record',
      '--hosts',
      '-t',
      `${secondsGiven}s`,
      ...size,
      '--clock-limit',
      clockLimit,
      '-o',
      folder,
    ]);
    let beginS: number | undefined;
    void take.says('recording: ').then(
      () => {
        beginS = (performance.now() - entered) / 1000;
      },
      () => {},
    );
    const { code, stderr } = await take.ended;
    return await judge(name, { folder, code, stderr, beginS, p99Us });
  } finally {
    await hosts.remove();
  }
}

interface Ran {
  readonly folder: string;
  readonly code: number | null;
  readonly stderr: string;
  readonly beginS: number | undefined;
  readonly p99Us: number;
}

async function judge(name: string, { folder, code, stderr, beginS, p99Us }: Ran): Promise<boolean> {
  const proof = join(folder, 'offsets.csv');
  if (!existsSync(proof)) {
    console.log(`${name}: exit ${code}, nothing proved:\n${stderr}`);
    return false;
  }
  const { cameras } = await readTake(folder);
  const pairs = pairsOf(readFileSync(proof, 'utf8'));
  const worst = pairs.reduce((a, b) => (b.p99Us > a.p99Us ? b : a));
  const bounds = cameras.flatMap(({ hostClock }) => hostClock?.boundUs ?? []);
  const boundUs = Math.max(...bounds);
  const frames = Math.min(...pairs.map((pair) => pair.frames));
  const rows: readonly [string, string, boolean][] = [
    ['frames of any two', String(frames), frames > 0],
    ['p99 of any two', `${worst.p99Us.toFixed(1)} us (${worst.name}), limit ${p99Us}`, worst.p99Us <= p99Us],
    ['max of any two', `${Math.max(...pairs.map(({ maxUs }) => maxUs)).toFixed(1)} us`, true],
    [
      'stated bound, the most',
      `${boundUs.toFixed(1)} us, limit ${MOST_TIMES} times the p99`,
      boundUs <= MOST_TIMES * worst.p99Us,
    ],
    [
      'it covers how far apart hosts are on the whole',
      pairs.map((pair) => pair.meanUs.toFixed(1)).join(', '),
      pairs.every(({ meanUs }) => Math.abs(meanUs) <= 2 * boundUs),
    ],
    [
      'Enter to frame 0',
      `${beginS?.toFixed(2)} s, limit ${MOST_BEGIN_S}`,
      beginS !== undefined && beginS <= MOST_BEGIN_S,
    ],
    ['exit code', String(code), code === 0],
  ];
  console.log(`${name}: ${secondsGiven} s of ${cameras.length} cameras`);
  for (const [what, value, holds] of rows) console.log(`  ${holds ? 'ok  ' : 'MISS'} ${what}: ${value}`);
  if (code !== 0) console.log(stderr.split('\n').slice(-12).join('\n'));
  return rows.every(([, , holds]) => holds);
}

interface Pair {
  readonly name: string;
  readonly frames: number;
  readonly meanUs: number;
  readonly p99Us: number;
  readonly maxUs: number;
}

/** Any two cameras, of rows with how far each is from the first. */
function pairsOf(csv: string): Pair[] {
  const [head = '', ...lines] = csv.trimEnd().split('\n');
  const columns = head.split(',').flatMap((name, at) => (name.endsWith('_offset_us') ? [{ name, at }] : []));
  const rows = lines.map((line) => line.split(','));
  return columns.flatMap((one, i) =>
    columns.slice(i + 1).map((other) => {
      const apart = rows.flatMap((row) => {
        const [a, b] = [row[one.at], row[other.at]];
        return a === '' || b === '' ? [] : [Number(b) - Number(a)];
      });
      const sizes = apart.map(Math.abs).sort((a, b) => a - b);
      return {
        name: `${one.name} ${other.name}`.replaceAll('_offset_us', ''),
        frames: apart.length,
        meanUs: apart.reduce((sum, us) => sum + us, 0) / apart.length,
        p99Us: sizes[Math.floor(0.99 * sizes.length)] ?? Number.POSITIVE_INFINITY,
        maxUs: sizes.at(-1) ?? Number.POSITIVE_INFINITY,
      };
    }),
  );
}

const why = Hosts.whyNone({ links: [] });
if (why !== undefined) throw new Error(`no network namespaces here: ${why}`);
console.log(machine());
for (const name of asked.length > 0 ? asked : Object.keys(KINDS)) {
  const kind = KINDS[name];
  if (kind === undefined) throw new Error(`${name}: must be one of ${Object.keys(KINDS).join(', ')}`);
  if (!(await run(name, kind))) process.exitCode = 1;
}
