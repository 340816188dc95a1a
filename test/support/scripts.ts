import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { filesBelow } from './build.ts';

const FOLDER = resolve('.tmp/scripts');

/** Scripts of this folder that tests run in processes of their own. */
const SCRIPTS = [
  ...['answer-signals', 'host-sync-process', 'raise-priority', 'repair-take', 'repair-until-killed', 'replace-take'],
  ...['replace-until-killed', 'set-stdout-aside', 'spawn-watched', 'work-alone', 'write-stream', 'write-until-killed'],
] as const;

/** The file that Node runs: a script that is compiled as it starts takes five times as much of a core to begin. */
export const script = (name: (typeof SCRIPTS)[number]): string => join(FOLDER, `${name}.js`);

/** Compiles them before the unit tests, unless what is there is newer than everything it is made from. */
export async function setup(): Promise<void> {
  const files = SCRIPTS.map((name) => statSync(script(name), { throwIfNoEntry: false })?.mtimeMs ?? 0);
  const built = Math.min(...files);
  const sources = [...filesBelow('src'), ...filesBelow('test/support'), 'package.json'];
  if (sources.every((file) => statSync(file).mtimeMs < built)) return;
  const { build } = await import('tsdown');
  await build({
    config: false,
    entry: Object.fromEntries(SCRIPTS.map((name) => [name, join('test/support', `${name}.ts`)])),
    outDir: FOLDER,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    outExtensions: () => ({ js: '.js' }),
    dts: false,
    logLevel: 'warn',
  });
}
