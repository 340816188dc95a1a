import { resolve } from 'node:path';
import { defineConfig } from 'tsdown';
import { loadedBy } from './scripts/loaded-by.ts';
import { COMMANDS } from './src/cli/commands.ts';

/** What stands alone: who asks for the version loads no more than that. */
const APART = new Set(['cli/entry.ts', 'cli/main.ts', 'version.ts'].map((file) => resolve('src', file)));
/**
 * Who loads what as it starts: the core, the API, the program, each command. Files that the same of them load stand in
 * one: a process opens half as many, and starts a tenth to an eighth sooner; none loads more than it does without.
 */
const LOADERS = ['index', 'node', 'cli/program', ...COMMANDS.map(({ name }) => `cli/${name}`)].map((entry, place) => ({
  sign: place.toString(36),
  loads: loadedBy(`${entry}.ts`),
}));

/** Of a source file, the name of what it goes into: the signs of its loaders. Files without any are the bundler's. */
function together(file: string): string | null {
  if (APART.has(file)) return null;
  return LOADERS.flatMap(({ sign, loads }) => (loads.has(file) ? sign : [])).join('') || null;
}

export default defineConfig([
  {
    entry: { index: 'src/index.ts', node: 'src/node.ts', cli: 'src/cli/entry.ts' },
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    outExtensions: () => ({ js: '.js', dts: '.d.ts' }),
    dts: true,
    clean: true,
    outputOptions: {
      codeSplitting: { groups: [{ name: together }], includeDependenciesRecursively: false },
    },
    // What report.html is made of besides its data: read when one is written.
    copy: [{ from: 'src/report/page/*.{css,js}', to: 'dist/page' }],
  },
  {
    // Of the page that `genlock clock` serves.
    entry: { 'clock-page': 'src/clock-page/page.ts' },
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    outExtensions: () => ({ js: '.js' }),
    tsconfig: 'src/clock-page/tsconfig.json',
    dts: false,
    minify: true,
    clean: false,
  },
]);
