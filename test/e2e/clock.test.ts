import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hrtimeUs } from '../../src/host/hrtime.ts';
import { openVideo } from '../../src/libav/decode.ts';
import { PixelClockReader, type PixelClockReading } from '../../src/pixel-clock/read.ts';
import { launchChromium, noChromium } from '../support/chromium.ts';
import { CLI, genlock, inFolder } from '../support/genlock.ts';

/** `genlock clock` at work, and where it is. */
async function serve(): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const child = spawn(process.execPath, [CLI, 'clock', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise<string>((resolve) => child.stdout.once('data', (text) => resolve(String(text).trim())));
  return { child, url };
}

describe('genlock clock', () => {
  it('serves the page and the time, and nothing else', async () => {
    const { child, url } = await serve();
    try {
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
      const page = await (await fetch(url)).text();
      expect(page).toMatch(/^<!doctype html>/);
      expect(page).not.toMatch(/src=|href="(?!data:)/);
      const before = hrtimeUs();
      const us = Number(await (await fetch(`${url}time`)).text());
      expect(us).toBeGreaterThan(before);
      expect(us).toBeLessThan(hrtimeUs());
      expect((await fetch(`${url}etc/passwd`)).status).toBe(404);
      expect((await fetch(url, { method: 'POST' })).status).toBe(404);
      child.kill('SIGINT');
      expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
    } finally {
      child.kill();
    }
  });

  it.each([
    [['--port', 'x'], '--port x: give a number from 0 to 65535'],
    [['--port', '70000'], '--port 70000: give a number from 0 to 65535'],
    [
      ['--host', '203.0.113.7'],
      "--host 203.0.113.7: can't be listened on (EADDRNOTAVAIL); give an address of this machine",
    ],
  ])('refuses %j in one line', async (args, line) => {
    const { code, stdout, stderr } = await genlock(['clock', ...args]);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: `genlock: ${line}\n` });
  });

  it('refuses a port that is taken', async () => {
    const { child, url } = await serve();
    const { port } = new URL(url);
    const { code, stderr } = await genlock(['clock', '--port', port]);
    child.kill();
    expect(code).toBe(2);
    expect(stderr).toBe(`genlock: --port ${port}: something listens there already; give another one, or 0 for any\n`);
  });
});

const lacking = noChromium();

describe.skipIf(lacking !== undefined)(
  `the page in a browser${lacking === undefined ? '' : ` (skipped: ${lacking})`}`,
  () => {
    let browser: Browser;
    let server: Awaited<ReturnType<typeof serve>>;
    beforeAll(async () => {
      [browser, server] = await Promise.all([launchChromium(), serve()]);
    }, 60_000);
    afterAll(async () => {
      server.child.kill();
      await browser.close();
    });

    /** What screenshots of the page say, with the machine's time before and after each. */
    async function look(page: Page, count: number) {
      const reader = new PixelClockReader();
      const looks: { reading: PixelClockReading; beforeUs: number; afterUs: number }[] = [];
      await inFolder(async (folder) => {
        for (let i = 0; i < count; i++) {
          const beforeUs = hrtimeUs();
          const png = await page.screenshot();
          const afterUs = hrtimeUs();
          await writeFile(join(folder, 'page.png'), png);
          const video = await openVideo(join(folder, 'page.png'));
          for await (const { luma } of video.frames()) {
            const reading = reader.read(luma);
            if (reading) looks.push({ reading, beforeUs, afterUs });
          }
          await video.close();
        }
      });
      return looks;
    }

    it('shows the time of the machine that serves it, to a refresh', async () => {
      const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(server.url);
      await page.waitForFunction("document.querySelector('#about').textContent.includes('the machine that serves')");
      expect(await page.textContent('#about')).toMatch(
        /^\d+ refreshes a second: times are read to \d+\.\d ms\. Shows the clock of the machine that serves this page, to \d+\.\d ms\.$/,
      );
      const looks = await look(page, 8);
      expect(looks.length).toBeGreaterThanOrEqual(6);
      for (const { reading, beforeUs, afterUs } of looks) {
        // A frame may be drawn long before it is taken where the machine is busy.
        expect(reading.timeUs).toBeGreaterThan(beforeUs - 500_000);
        expect(reading.timeUs).toBeLessThan(afterUs + 100_000);
        expect(Math.abs((reading.exposureUs ?? 0) - 50_000)).toBeLessThan(5_000);
      }
      expect(complaints).toEqual([]);
      await page.close();
    }, 60_000);

    it.each([
      'perspective(1500px) rotateY(25deg) rotateZ(6deg) scale(0.7)',
      'perspective(1500px) rotateX(30deg) scale(0.8)',
      'rotate(-20deg) scale(0.6)',
    ])(
      'is read as %s',
      async (transform) => {
        const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
        await page.goto(server.url);
        await page.addStyleTag({ content: `footer { display: none } canvas { transform: ${transform} }` });
        await page.waitForTimeout(500);
        const looks = await look(page, 6);
        expect(looks.length).toBeGreaterThanOrEqual(4);
        for (const { reading, beforeUs, afterUs } of looks) {
          expect(reading.timeUs).toBeGreaterThan(beforeUs - 500_000);
          expect(reading.timeUs).toBeLessThan(afterUs + 100_000);
        }
        await page.close();
      },
      60_000,
    );
  },
);
