import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runScenario, scenarioNamed } from '../../src/index.ts';
import { launchChromium, noChromium } from '../support/chromium.ts';

const missing = noChromium();

/** Serves the built package to a page, and nothing else. */
async function serveDist(): Promise<{ readonly url: string; close(): void }> {
  const server = createServer(async ({ url = '/' }, response) => {
    const name = /^\/([\w-]+\.js)$/.exec(url)?.[1];
    const text = name === undefined ? '<!doctype html>' : await readFile(join('dist', name)).catch(() => undefined);
    response.writeHead(text === undefined ? 404 : 200, { 'content-type': name ? 'text/javascript' : 'text/html' });
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

describe.skipIf(missing !== undefined)(`the core in a browser${missing === undefined ? '' : `: ${missing}`}`, () => {
  it('simulates a scenario there, with the same figures to the last bit as on Node', async () => {
    const server = await serveDist();
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      await page.goto(server.url);
      const there = await page.evaluate(`
        import('/index.js').then(({ runScenario, scenarioNamed }) =>
          runScenario(scenarioNamed('worst-phase'), { seed: 1 }).result)`);
      const scenario = scenarioNamed('worst-phase');
      if (scenario === undefined) throw new Error('no such scenario');
      expect(there).toMatchObject({ scenario: 'worst-phase', pass: true });
      expect(there).toEqual(JSON.parse(JSON.stringify(runScenario(scenario, { seed: 1 }).result)));
    } finally {
      await browser.close();
      server.close();
    }
  });
});
