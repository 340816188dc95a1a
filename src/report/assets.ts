import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** What every page holds besides the take. */
export interface PageAssets {
  readonly style: string;
  /** In the order in which they run. */
  readonly scripts: readonly string[];
  /** Who draws the charts. */
  readonly charts: string;
}

let loading: Promise<PageAssets> | undefined;

/**
 * Our own style and script, and those of uPlot, read once; beside this module, or in dist/ beside what it was built
 * into.
 */
export function pageAssets(): Promise<PageAssets> {
  loading ??= load();
  return loading;
}

async function load(): Promise<PageAssets> {
  const { resolve } = createRequire(import.meta.url);
  const ofPlot = (file: string): Promise<string> => readFile(resolve(`uplot/${file}`), 'utf8');
  const own = (file: string): Promise<string> => readFile(new URL(`./page/${file}`, import.meta.url), 'utf8');
  const [style, plotStyle, script, plot, licence, manifest] = await Promise.all([
    ...[own('style.css'), ofPlot('dist/uPlot.min.css')],
    ...[own('charts.js'), ofPlot('dist/uPlot.iife.min.js'), ofPlot('LICENSE'), ofPlot('package.json')],
  ]);
  return {
    style: `${plotStyle}\n${style}`,
    // Its licence wants to go along with it. Nothing in a script may look like the end of its element.
    scripts: [`/*\n${licence}*/\n${plot}`, script ?? ''].map((text) => text.replaceAll('</script', '<\\/script')),
    charts: `uPlot ${(JSON.parse(manifest ?? '') as { version: string }).version} (MIT)`,
  };
}
