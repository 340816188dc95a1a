/**
 * Replays recorded runs of the stock algorithm: `npm run vectors -- FILE.json`. Exit 1 where an event differs, 2 for a
 * bad file.
 */
import { readFileSync } from 'node:fs';
import { replay, type VectorCase } from '../src/sync/replay.ts';

const file = process.argv[2];
if (file === undefined) fail('usage: npm run vectors -- FILE.json');
try {
  const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const cases = Array.isArray(parsed) ? parsed : (parsed as { cases?: unknown }).cases;
  if (!Array.isArray(cases)) fail(`${file}: expected a list of runs`);
  const { events, mismatches } = replay(cases as VectorCase[]);
  for (const line of mismatches.slice(0, 20)) console.log(line);
  if (mismatches.length > 20) console.log(`... and ${mismatches.length - 20} more`);
  console.log(`${events} events, ${mismatches.length} mismatches`);
  process.exitCode = mismatches.length > 0 ? 1 : 0;
} catch (error) {
  fail(`${file}: ${(error as Error).message}`);
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
