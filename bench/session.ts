/*
 * How long a take of a session lets people wait, as times of the wall clock:
 *
 *     npm run build && npx tsx bench/session.ts [--takes 5]
 *
 * From Enter in `genlock record --session --cameras 2` to frame 0 (take.json). The median; exit 1 where it is above its
 * limit, or where a take is not locked.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { readTake } from '../src/record/take.ts';
import { machine } from './machine.ts';

const { values } = parseArgs({ options: { takes: { type: 'string', default: '5' } } });
const takes = Number(values.takes);
const FIRST_S = 0.7;
const TAKE_MS = 1_500;

const folder = mkdtempSync(join(tmpdir(), 'genlock-bench-'));
try {
  const args = ['dist/cli.js', 'record', '--session', '--cameras', '2', '-o', folder];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'pipe'] });
  const closed = once(child, 'close');
  const pressedMs: number[] = [];
  const press = (): void => {
    pressedMs.push(Date.now());
    child.stdin.write('\n');
  };
  for await (const line of createInterface(child.stderr)) {
    if (line.startsWith('recording /')) setTimeout(() => child.stdin.write('\n'), TAKE_MS);
    if (line.startsWith('ready: ')) press();
    if (!line.startsWith('recorded /')) continue;
    if (pressedMs.length < takes) press();
    else child.stdin.end('q\n');
  }
  const [code] = await closed;
  if (code !== 0) throw new Error(`genlock ${args.slice(1).join(' ')}: exit ${code}`);
  const names = readdirSync(folder).sort();
  const zeroMs = await Promise.all(
    names.map(async (name) => ((await readTake(join(folder, name))).sync.readyTimeUs ?? Number.NaN) / 1000),
  );
  const waited = zeroMs.map((ms, i) => (ms - (pressedMs[i] as number)) / 1000).sort((a, b) => a - b);
  const median = waited[Math.floor(waited.length / 2)] as number;
  const range = `${waited[0]?.toFixed(2)} to ${waited.at(-1)?.toFixed(2)}`;
  console.log(`${machine()}, ${waited.length} takes of a session\n`);
  console.log(`  from Enter to frame 0  ${median.toFixed(2)} s (${range}), at most ${FIRST_S.toFixed(1)} s`);
  if (!(median <= FIRST_S)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
