import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, noChromium, openReport } from '../support/chromium.ts';
import { freshPort, genlock, inFolder, LENIENT, SMALL } from '../support/genlock.ts';
import * as inPage from '../support/in-page.js';

/** A short take of two virtual cameras, recorded for all of these tests. */
const home = mkdtempSync(join(tmpdir(), 'genlock-report-'));
const take = join(home, 'take');
const page = join(take, 'report.html');

beforeAll(async () => {
  const { code, stderr } = await genlock(['record', ...LENIENT, '--sync-port', freshPort(), '-t', '2s', '-o', take]);
  // A busy machine drops frames; the page is made all the same.
  if (code !== 0 && !readdirSync(take).includes('report.html')) throw new Error(stderr);
}, 120_000);
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('genlock report', () => {
  it('is not needed behind a record, which writes the page itself', () => {
    expect(readdirSync(take)).toEqual(expect.arrayContaining(['report.html', 'report.json', 'take.json']));
    expect(statSync(page).size).toBeLessThan(1_000_000);
  });

  it('makes the page again from the pixels, and says the verdict', async () => {
    const before = readFileSync(page, 'utf8');
    rmSync(page);
    const { code, stdout, stderr } = await genlock(['report', ...LENIENT, take]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/LOCKED/);
    expect(stdout).toContain(`report: ${page}`);
    expect(readFileSync(page, 'utf8')).toBe(before);
  });

  it('writes a page of a bad take too', async () => {
    const { code, stdout } = await genlock(['report', take, '--tolerance', '0.1us']);
    expect(code).toBe(0);
    expect(stdout).toContain('NOT LOCKED');
    expect(readFileSync(page, 'utf8')).toContain('Not in sync: cam1 shows another moment than cam0 in');
    await genlock(['report', ...LENIENT, take]);
  });

  it.each([
    ['no folder', (folder: string) => join(folder, 'nowhere')],
    ['no take', (folder: string) => folder],
    ['a take without its videos', withoutVideos],
    ['a take.json that is none', brokenTake],
  ])('refuses %s in one line, exit code 2', (_, make) =>
    inFolder(async (folder) => {
      const { code, stdout, stderr } = await genlock(['report', make(folder)]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^genlock: .+\n$/);
    }),
  );

  it.skipIf(process.platform !== 'linux')('--open opens it, and says where there is nothing to open it with', () =>
    inFolder(async (folder) => {
      const opened = join(folder, 'opened');
      const program = join(folder, 'xdg-open');
      writeFileSync(program, `#!/bin/sh\necho "$1" >${opened}\n`);
      chmodSync(program, 0o755);
      expect(await genlock(['report', ...LENIENT, take, '--open'], { PATH: `${folder}:/usr/bin:/bin` })).toMatchObject({
        code: 0,
        stderr: '',
      });
      expect(readFileSync(opened, 'utf8').trim()).toBe(page);
      rmSync(program);
      const { code, stderr } = await genlock(['report', ...LENIENT, take, '--open'], { PATH: folder });
      expect({ code, stderr }).toEqual({
        code: 0,
        stderr: `genlock: --open: there is no xdg-open here; open ${page} in a browser\n`,
      });
    }),
  );

  it('is left out with --no-verify, and removed where a take is replaced', () =>
    inFolder(async (folder) => {
      writeFileSync(join(folder, 'report.html'), 'of a take before');
      const more = [...SMALL, '--no-verify', '--frames', '15', '--force', '-o', folder];
      const { code } = await genlock(['record', '--sync-port', freshPort(), ...more]);
      expect(code).toBe(0);
      expect(readdirSync(folder)).not.toContain('report.html');
    }));
});

const why = noChromium();
describe.skipIf(why !== undefined)(`report.html in Chromium${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  const open = (options?: Parameters<typeof openReport>[2]) => openReport(browser, page, options);

  it('asks for nothing, complains of nothing, and says the verdict', async () => {
    const opened = await open();
    expect(opened.requests).toEqual([`file://${page}`]);
    expect(opened.complaints).toEqual([]);
    expect(await opened.page.getByRole('heading', { level: 2 }).first().textContent()).toMatch(
      /^In sync: frame for frame, both cameras show the same moment/,
    );
    expect(await opened.page.title()).toBe('take: locked');
    await opened.page.context().close();
  });

  it('draws all charts', async () => {
    const { page } = await open();
    const canvases = page.locator('canvas');
    expect(await canvases.count()).toBe(3);
    for (const canvas of await canvases.all()) expect(await canvas.evaluate(inPage.coloursOf)).toBeGreaterThan(10);
    await page.context().close();
  });

  it('zooms by mouse, by button and by key, all charts together, and back', async () => {
    const { page } = await open();
    const chart = page.getByRole('application', { name: 'cam1: offset over time' });
    const whole = await imageOf(chart);
    const lanes = await imageOf(page.locator('[data-lanes]'));
    await chart.scrollIntoViewIfNeeded();
    const box = (await chart.locator('.u-over').boundingBox()) as {
      x: number;
      y: number;
      width: number;
      height: number;
    };
    await page.mouse.move(box.x + 0.3 * box.width, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + 0.5 * box.width, box.y + 60, { steps: 5 });
    await page.mouse.up();
    await page.mouse.move(0, 0);
    await expect.poll(() => imageOf(chart)).not.toBe(whole);
    expect(await imageOf(page.locator('[data-lanes]'))).not.toBe(lanes);
    await page.getByRole('button', { name: 'Whole take' }).click();
    await expect.poll(() => imageOf(chart)).toBe(whole);
    await page.getByRole('button', { name: 'Zoom in' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => imageOf(chart)).not.toBe(whole);
    await chart.focus();
    await page.keyboard.press('0');
    await expect.poll(() => imageOf(chart)).toBe(whole);
    await page.getByRole('radio', { name: 'the tolerance' }).check();
    await expect.poll(() => imageOf(chart)).not.toBe(whole);
    await page.context().close();
  });

  it('tells the frames of a chart by the arrow keys', async () => {
    const { page } = await open();
    const chart = page.getByRole('application', { name: 'cam1: offset over time' });
    await chart.focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
    await expect
      .poll(() => page.locator('#offset-read-0').textContent())
      .toMatch(/^frame 2 at 0.07 s: ([+−]?[\d.]+ µs|not compared)$/);
    await page.keyboard.press('End');
    await expect.poll(() => page.locator('#offset-read-0').textContent()).toMatch(/^frame 59 /);
    await page.context().close();
  });

  it('can be reached by the keyboard alone, and shows where it is', async () => {
    const { page } = await open();
    // What is folded up is not reached before it is open.
    for (const details of await page.locator('summary').all()) await details.press('Enter');
    const wanted = await page
      .locator('a[href], button, summary, [tabindex="0"], input:checked')
      .evaluateAll(inPage.tagsOf);
    const reached: [tag: string, outline: string][] = [];
    for (let i = 0; i < wanted.length; i++) {
      if (i === 0) await page.locator('a.skip').focus();
      else await page.keyboard.press('Tab');
      reached.push(await page.evaluate(inPage.focused));
    }
    expect(reached).toEqual(wanted.map((tag) => [tag, 'solid 3px']));
    await page.context().close();
  });

  it('has headings, landmarks and texts for what is only seen', async () => {
    const { page } = await open();
    const tree = await page.locator('body').ariaSnapshot();
    for (const line of [
      '- banner:',
      '- main:',
      '- contentinfo:',
      'heading "take" [level=1]',
      'navigation "Parts of the report"',
    ])
      expect(tree).toContain(line);
    expect(tree.match(/heading .* \[level=2\]/g)?.length).toBeGreaterThanOrEqual(6);
    const alts = await page.locator('img').evaluateAll(inPage.altsOf);
    expect(alts.length).toBeGreaterThanOrEqual(6);
    for (const alt of alts) expect(alt).toMatch(/^Frame \d+ of cam[01], .+/);
    const widths = await page.locator('img').evaluateAll(inPage.widthsOf);
    expect(new Set(widths)).toEqual(new Set([640]));
    expect(await page.locator('table').count()).toBeGreaterThanOrEqual(4);
    await page.context().close();
  });

  it.each(['light', 'dark'] as const)('can be read in the %s, charts too', async (colorScheme) => {
    const { page } = await open({ viewport: { width: 1280, height: 900 }, colorScheme });
    for (const details of await page.locator('summary').all()) await details.click();
    expect(await page.evaluate(inPage.pale)).toEqual([]);
    const chart = page.locator('[data-offset]');
    const before = await imageOf(chart);
    await page.emulateMedia({ colorScheme: colorScheme === 'dark' ? 'light' : 'dark' });
    await expect.poll(() => imageOf(chart)).not.toBe(before);
    await page.context().close();
  });

  it('fits on a phone', async () => {
    const { page } = await open({
      viewport: { width: 360, height: 740 },
      isMobile: true,
      hasTouch: true,
      deviceScaleFactor: 2,
    });
    for (const details of await page.locator('summary').all()) await details.click();
    const { page: width, pictures } = await page.evaluate(inPage.reach);
    expect(width).toBe(360);
    expect(pictures).toBeLessThanOrEqual(360);
    await page.context().close();
  });
});

function withoutVideos(folder: string): string {
  mkdirSync(join(folder, 'take'));
  writeFileSync(join(folder, 'take/take.json'), readFileSync(join(take, 'take.json')));
  return join(folder, 'take');
}

function brokenTake(folder: string): string {
  writeFileSync(join(folder, 'take.json'), '{"format": "genlock take"}');
  return folder;
}

const imageOf = (chart: Locator): Promise<string> => chart.locator('canvas').evaluate(inPage.imageOf);
