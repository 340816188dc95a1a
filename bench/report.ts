/*
 * The report of a take, as people open it: how large it is, and how long Chromium takes from the navigation to all
 * charts drawn.
 *
 *     npm run build && npx tsx bench/report.ts [LOADS] [SECONDS]
 *
 * Takes of 2 and of 4 virtual cameras, 640x480, 30 fps; needs /usr/bin/chromium. Times are medians over the loads, each
 * in a new profile; the first, which starts the browser's processes, does not count. Exit 1 where a report has more
 * than 1 MB or takes more than 1 s.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { median } from '../src/time/statistics.ts';
import { launchChromium, openReport } from '../test/support/chromium.ts';
import { chartsDrawn } from '../test/support/in-page.js';
import { machine } from './machine.ts';

const MOST_BYTES = 1_000_000;
const MOST_MS = 1000;
const [loads = 7, seconds = 20] = process.argv.slice(2).map(Number);

interface Load {
  readonly wallMs: number;
  /** What the page's own thread worked: it does not count other programs of the machine. */
  readonly cpuMs: number;
}

async function load(browser: Browser, file: string): Promise<Load> {
  let cpuMs = async (): Promise<number> => Number.NaN;
  const { page } = await openReport(browser, file, undefined, async (page) => {
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    cpuMs = async () => {
      const { metrics } = await session.send('Performance.getMetrics');
      return 1000 * (metrics.find(({ name }) => name === 'ThreadTime')?.value ?? Number.NaN);
    };
  });
  const result = { wallMs: (await page.evaluate(chartsDrawn)) ?? Number.NaN, cpuMs: await cpuMs() };
  await page.context().close();
  return result;
}

function row(what: string, value: number, limit: number | undefined, unit: string): void {
  const holds = limit === undefined || value < limit;
  const text = `${value.toFixed(0)} ${unit}`.padStart(12);
  console.log(
    `  ${what.padEnd(34)}${text}   ${limit === undefined ? '-' : `below ${limit} ${unit}`}${holds ? '' : '  MISSED'}`,
  );
  if (!holds) process.exitCode = 1;
}

console.log(`${machine()}\n`);
const home = mkdtempSync(join(tmpdir(), 'genlock-bench-'));
const browser = await launchChromium();
try {
  for (const cameras of [2, 4]) {
    const folder = join(home, `take-${cameras}`);
    const args = ['record', '--cameras', String(cameras), '-t', `${seconds}s`, '-o', folder];
    spawnSync(process.execPath, ['dist/cli.js', ...args], { stdio: 'ignore' });
    const file = join(folder, 'report.html');
    const all: Load[] = [];
    for (let i = 0; i <= loads; i++) all.push(await load(browser, file));
    const counted = all.slice(1);
    console.log(`${cameras} cameras, ${seconds} s:`);
    row('size', statSync(file).size / 1000, MOST_BYTES / 1000, 'kB');
    row('navigation to all charts drawn', median(counted.map(({ wallMs }) => wallMs)) ?? Number.NaN, MOST_MS, 'ms');
    row("CPU of the page's thread", median(counted.map(({ cpuMs }) => cpuMs)) ?? Number.NaN, undefined, 'ms');
    console.log();
  }
} finally {
  await browser.close();
  rmSync(home, { recursive: true, force: true });
}
