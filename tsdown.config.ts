import { defineConfig } from 'tsdown';

export default defineConfig([
  {
    entry: { index: 'src/index.ts', node: 'src/node.ts', cli: 'src/cli/entry.ts' },
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    outExtensions: () => ({ js: '.js', dts: '.d.ts' }),
    dts: true,
    clean: true,
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
