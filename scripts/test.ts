/*
 * Runs all tests (`npm test`): those that compute beside those that record and mostly wait, and out of their way. What
 * follows `--` is vitest's: with `--project`, or a file or a name to look for, there is nothing to run beside it. Of
 * `--outputFile=tests.json` each project has its own: `tests.unit.json` and `tests.e2e.json`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { resolve } from 'node:path';

const VITEST = resolve('node_modules/vitest/vitest.mjs');
/**
 * Cameras' own loops and encoders go first (src/host/priority.ts). Not the last of all: on a machine that others keep
 * busy, programs that unit tests start would not answer within the seconds that the product gives them.
 */
const NICENESS = 5;

const given = process.argv.slice(2);
const chosen = given.some((arg) => !arg.startsWith('-') || /^--project\b|^-t$|^--testNamePattern\b/.test(arg));

function vitest(args: readonly string[], output: 'inherit' | 'pipe'): ChildProcess {
  return spawn(process.execPath, [VITEST, 'run', ...args], { stdio: ['ignore', output, output] });
}

const argumentsOf = (project: string): string[] => [
  `--project=${project}`,
  ...given.map((arg) => arg.replace(/^(--outputFile\S*=.*?)(\.\w+)?$/, `$1.${project}$2`)),
];

const endOf = (run: ChildProcess): Promise<number> =>
  new Promise((resolve, reject) => {
    run.once('error', reject);
    run.once('close', (code) => resolve(code ?? 1));
  });

async function both(): Promise<number> {
  const computing = vitest(argumentsOf('unit'), 'pipe');
  // The processes that it starts for its tests have it from there.
  if (computing.pid !== undefined) setPriority(computing.pid, NICENESS);
  const said: Buffer[] = [];
  for (const stream of [computing.stdout, computing.stderr]) stream?.on('data', (bytes: Buffer) => said.push(bytes));
  const [computed, recorded] = await Promise.all([
    endOf(computing),
    endOf(vitest(argumentsOf('e2e'), 'inherit')).then((code) => {
      console.log(`\nBeside them, the tests of the unit project:`);
      return code;
    }),
  ]);
  process.stdout.write(Buffer.concat(said));
  return Math.max(computed, recorded);
}

process.exitCode = chosen ? await endOf(vitest(given, 'inherit')) : await both();
