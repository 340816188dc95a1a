import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { chartsDrawn } from './in-page.js';
import { programsNamed, without } from './program.ts';

/**
 * Undefined where Chromium is here, else one line; GENLOCK_REQUIRE_ENCODERS=1 (in CI) lets its tests fail in place of
 * skipping them.
 */
export const noChromium = (): string | undefined => without('chromium');

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: programsNamed('chromium')[0] ?? 'chromium', args: ['--no-sandbox'] });

/** A page in a browser, and what it asked for and complained of. */
export interface OpenedPage {
  readonly page: Page;
  /** Addresses, but those of pictures in the page itself. */
  readonly requests: readonly string[];
  readonly complaints: readonly string[];
}

/**
 * Opens a report from the disk; resolves when all of its charts are drawn.
 * @param before done with the page while it is empty.
 */
export async function openReport(
  browser: Browser,
  file: string,
  options: BrowserContextOptions = { viewport: { width: 1280, height: 900 } },
  before: (page: Page) => Promise<void> = async () => {},
): Promise<OpenedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith('data:')) requests.push(request.url());
  });
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await before(page);
  await page.goto(`file://${file}`);
  await page.waitForFunction(chartsDrawn);
  return { page, requests, complaints };
}
