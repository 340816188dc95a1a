/*
 * Four takes at once on one port, whose processes are stopped at random, each for a tenth of a second to nine tenths,
 * for nine seconds. Whatever happens to them, each take must end, with its verdict or a line that says why it has none;
 * and what is said of frames must be true, whatever the verdict is.
 *
 *     npm run chaos [-- SEEDS [FIRST [FPS]]]      5 seeds from 1 on, at 10 fps, unless told
 *
 * Prints what is not LOCKED, and why. Exit 1 where a take hung, showed a stack trace, ended without a word, has frames
 * elsewhere than its cameras say, or says LOCKED and is not (bench/faults/invariants.ts).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../src/sensor/random.ts';
import { checkTake } from './faults/invariants.ts';
import { Rig, signal, sleep } from './faults/rig.ts';
import { machine } from './machine.ts';

const [seeds, first, fps] = [5, 1, 10].map((usual, i) => Number(process.argv[2 + i] ?? usual)) as [
  number,
  number,
  number,
];
if (![seeds, first, fps].every((number) => number >= 1)) throw new Error('usage: chaos.ts [SEEDS [FIRST [FPS]]]');

const TAKES = 4;
const TORMENT_MS = 9_000;
/** Somebody is stopped about so often. */
const EVERY_MS = 170;
const STOPPED_MS = [100, 200, 300, 500, 900] as const;
/** A take has so long to end by itself after that. */
const LIMIT_MS = 90_000;
const STACK = /^\s+at .+:\d+:\d+\)?$/m;

/** Stops one process after the other, several at a time. */
async function torment(rigs: readonly Rig[], random: Random): Promise<void> {
  const stopped = new Set<number>();
  const endMs = performance.now() + TORMENT_MS;
  const goingOn: Promise<void>[] = [];
  while (performance.now() < endMs) {
    await sleep(random.between(0, 2 * EVERY_MS));
    const [whom, long] = [random.next(), random.next()];
    const living = rigs.filter(({ child }) => child.exitCode === null && child.signalCode === null);
    const pids = living
      .flatMap((rig) => [rig.child.pid as number, ...rig.cameras()])
      .filter((pid) => !stopped.has(pid));
    const pid = pids[Math.floor(whom * pids.length)];
    if (pid === undefined) continue;
    stopped.add(pid);
    signal(pid, 'SIGSTOP');
    goingOn.push(
      sleep(STOPPED_MS[Math.floor(long * STOPPED_MS.length)] as number).then(() => {
        signal(pid, 'SIGCONT');
        stopped.delete(pid);
      }),
    );
  }
  await Promise.all(goingOn);
}

/** What came of a take: the line of its verdict, or of its end; and what must not be. */
async function outcome(rig: Rig): Promise<{ said: string; broken: string[] }> {
  const ended = await Promise.race([rig.ended, sleep(LIMIT_MS).then((): 'hung' => 'hung')]);
  if (ended === 'hung') {
    rig.killAll();
    return { said: 'killed', broken: [`it hung: ${rig.stderr.trimEnd().split('\n').at(-1)}`] };
  }
  const text = `${rig.stdout}\n${rig.stderr}`;
  const broken = STACK.test(text) ? [`a stack trace: ${text}`] : [];
  const verdict = /^(NOT )?LOCKED.*$/m.exec(rig.stdout)?.[0];
  const error = /^genlock: .*$/m.exec(rig.stderr)?.[0];
  if (verdict === undefined) {
    return { said: error ?? '', broken: error ? broken : [...broken, `it ended without a word, code ${ended}`] };
  }
  // Cameras of a take that is not locked may be anywhere, but where they say that they are.
  const { broken: checked } = await checkTake(rig.folder, { told: true });
  const locked = !verdict.startsWith('NOT');
  return {
    said: verdict,
    broken: [...broken, ...(locked ? checked : checked.filter((line) => /elsewhere/.test(line)))],
  };
}

const home = mkdtempSync(join(tmpdir(), 'genlock-chaos-'));
console.log(`${machine()}\n\nchaos: ${seeds} seeds from ${first} on, ${fps} fps`);
let bad = 0;
try {
  for (let seed = first; seed < first + seeds; seed++) {
    const port = String(20_000 + (process.pid % 20) * 2_000 + seed);
    const size = ['--width', '160', '--height', '120', '--framerate', String(fps)];
    const args = [...size, '--sync-port', port, '--lock-timeout', '60s', '--max-repeats', '90', '-t', '4s'];
    const rigs = Array.from({ length: TAKES }, (_, i) => new Rig(join(home, `chaos-${seed}-${i}`), args));
    await torment(rigs, new Random(seed));
    const came = await Promise.all(rigs.map(outcome));
    const locked = came.filter(({ said }) => said.startsWith('LOCKED'));
    console.log(`seed ${seed}: ${locked.length} of ${TAKES} LOCKED`);
    for (const [i, { said, broken }] of came.entries()) {
      if (!said.startsWith('LOCKED')) console.log(`  take ${i}: ${said}`);
      for (const line of broken) console.log(`  BROKEN, take ${i}: ${line}`);
      bad += broken.length;
    }
  }
  console.log(bad === 0 ? '\neverything holds' : `\n${bad} broken`);
  if (bad > 0) process.exitCode = 1;
} finally {
  if (bad === 0) rmSync(home, { recursive: true, force: true });
  else console.log(`takes: ${home}`);
}
