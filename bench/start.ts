/*
 * How long commands take to start, as times a bare `node -e 0` beside it in the same run:
 *
 *     npx tsx bench/start.ts [--pairs 21]
 *
 * Interleaved pairs; the median of their ratios, of wall time. Exit 1 where `--version` takes more than 1.6 times.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { machine } from './machine.ts';

const { values } = parseArgs({ options: { pairs: { type: 'string', default: '21' } } });
const pairs = Number(values.pairs);
const LIMIT = 1.6;

/** What is only asked for, so that loading is nearly all that happens. */
const ASKED = [
  ['--version'],
  ['--help'],
  ...['record', 'vid', 'verify', 'report', 'repair', 'align', 'cameras', 'clock'].map((name) => [name, '--help']),
  ['simulate', '--list'],
];

console.log(`${machine()}, ${pairs} pairs\n`);
console.log('genlock              ratio to node -e 0: median (quartiles)   ms');
for (const args of ASKED) {
  const ratios: number[] = [];
  const times: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const order = pair % 2 === 0 ? [['-e', '0'], undefined] : [undefined, ['-e', '0']];
    const took = new Map<boolean, number>();
    for (const bare of order) took.set(bare !== undefined, wallMs(bare ?? ['dist/cli.js', ...args]));
    const ours = took.get(false) as number;
    ratios.push(ours / (took.get(true) as number));
    times.push(ours);
  }
  const [median, low, high] = [at(ratios, 0.5), at(ratios, 0.25), at(ratios, 0.75)];
  const row = `${median.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
  console.log(`${args.join(' ').padEnd(21)}${row.padEnd(41)}${at(times, 0.5).toFixed(0)}`);
  if (args[0] === '--version' && median > LIMIT) process.exitCode = 1;
}

function wallMs(args: readonly string[]): number {
  const began = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`node ${args.join(' ')}: exit ${status}`);
  return performance.now() - began;
}

/** A quantile. */
function at(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.round(part * (sorted.length - 1))] as number;
}
