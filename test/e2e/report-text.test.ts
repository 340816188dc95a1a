import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FRAMES_CSV_HEADER, formatFrameRow } from '../../src/record/frames-csv.ts';
import { readTake, type Take } from '../../src/record/take.ts';
import { reportTake } from '../../src/run/take/report.ts';
import { launchChromium, noChromium, openReport } from '../support/chromium.ts';
import { recordVideo } from '../support/cut-off.ts';
import { filledTake } from '../support/filled-take.ts';
import * as inPage from '../support/in-page.js';
import { syntheticTake } from '../support/take.ts';

const FRAMES = 30;

/**
 * Text that leaves whatever it stands in (an attribute, a title, a script, a style, a comment, JSON in a script), is
 * markup that acts, and says where it stood; and what would be markup only to a page that decodes it twice.
 */
const evil = (path: string): string =>
  `"'></title></style></textarea></script>--><img src=x onerror="acted('${path}')"><svg onload="acted('${path}')">` +
  `<script>acted('${path}')</script><a href="javascript:acted('${path}')" onfocus="acted('${path}')" autofocus>` +
  `<style>*{display:none}</style><iframe srcdoc="<script>parent.acted('${path}')</script>">` +
  `&lt;img src=x onerror=acted()&gt;\\u003cimg src=x onerror=acted()\\u003e\${acted('${path}')}\u2028\u0007<!--<script>`;

/** Fields of the description that the page shows, and that may hold any text. */
const SHOWN = [
  ...['genlock', 'problems.0'],
  ...['node', 'os', 'distribution', 'arch', 'encoder', 'nodeAv', 'ffmpeg'].map((name) => `software.${name}`),
  ...['controller', 'group', 'interface'].map((name) => `sync.${name}`),
  ...['spec', 'model', 'mode', 'whyNotSteered', 'encoder', 'error', 'warnings.0', 'clock.host', 'clock.source'].map(
    (name) => `cameras.1.${name}`,
  ),
  'cameras.1.stock.version',
];

/** Those that it shows as words of a command line, in quotes. */
const SHOWN_AS_WORDS = ['commandLine.0', 'cameras.1.stock.program', 'cameras.1.stock.arguments.0'];

/** What the page needs to be made: two cameras that tell their times, of which no pixel clock is in view. */
const about = {
  ...{ state: 'complete', started: '2026-01-02T03:04:05.000Z', width: 160, height: 128, frames: FRAMES },
  ...{ wanted: FRAMES, frameRate: { num: 30, den: 1 }, timestamps: undefined, pid: undefined },
};
const client = {
  ...{ name: 'cam1', sync: 'client', file: 'cam1.mp4', framesCsv: 'cam1.frames.csv', files: undefined },
  ...{ pixelClock: false, frames: FRAMES, firstIndex: 0, readout: undefined, steered: false },
};

const why = noChromium();
describe.skipIf(why !== undefined)(`text of a take${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  const home = mkdtempSync(join(tmpdir(), 'genlock-text-'));
  const folder = join(home, `take '"><img src=x onerror=acted('folder')>`);
  let browser: Browser;
  let page = '';
  const texts = new Map<string, string>();

  beforeAll(async () => {
    mkdirSync(folder);
    const rows = Array.from({ length: FRAMES }, (_, slot) =>
      formatFrameRow({ slot, state: slot === 7 ? 'repeated' : 'captured', row: rowOf(slot) }),
    );
    for (const name of ['cam0', 'cam1']) {
      await recordVideo(join(home, 'video.mp4'), { frames: FRAMES });
      copyFileSync(join(home, 'video.mp4'), join(folder, `${name}.mp4`));
      writeFileSync(join(folder, `${name}.frames.csv`), `${[FRAMES_CSV_HEADER, ...rows].join('\n')}\n`);
    }
    const textFor = (path: string): string => {
      const at = path.replace(/^cameras\.0/, 'cameras.1');
      texts.set(at, evil(at));
      return evil(at);
    };
    const full = filledTake(textFor, () => evil('key')) as Take;
    const [server] = syntheticTake(2).cameras;
    const cameras = [server, { ...full.cameras[0], ...client }];
    writeFileSync(join(folder, 'take.json'), JSON.stringify({ ...full, ...about, cameras }));
    await readTake(folder);
    page = (await reportTake(folder)).file;
    browser = await launchChromium();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(home, { recursive: true, force: true });
  });

  // With the page's own policy, and without: each alone holds.
  it.each([
    ['by its policy and its escapes', false],
    ['by its escapes alone', true],
  ])('can not act in its report, %s, whatever field it stands in and whatever is clicked', async (_, bypassCSP) => {
    const opened = await openReport(
      browser,
      encodeURI(page).replaceAll('?', '%3F').replaceAll('#', '%23'),
      { viewport: { width: 1280, height: 900 }, bypassCSP },
      async (empty) => void (await empty.addInitScript(inPage.watchActs)),
    );
    const { page: shown, requests, complaints } = opened;
    const dialogs: string[] = [];
    shown.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    for (const details of await shown.locator('summary').all()) await details.press('Enter');
    for (const chart of await shown.locator('[role=application]').all()) {
      await chart.focus();
      for (const key of ['ArrowRight', 'ArrowRight', 'End']) await chart.press(key);
      await chart.hover();
    }
    for (let i = 0; i < 60; i++) await shown.keyboard.press('Tab');
    expect(await shown.evaluate(inPage.actsSeen)).toEqual([]);
    expect(await shown.evaluate(inPage.strangersIn)).toEqual([]);
    expect({ requests: requests.length, complaints, dialogs }).toEqual({ requests: 1, complaints: [], dialogs: [] });
    // It is all there to be read, as it was given.
    const text = (await shown.evaluate(inPage.textOf)).replaceAll(/\s+/g, ' ');
    const missing = SHOWN.filter((path) => !text.includes((texts.get(path) as string).replaceAll(/\s+/g, ' ')));
    expect(missing).toEqual([]);
    for (const path of SHOWN_AS_WORDS) expect(text).toContain(path);
    await shown.context().close();
  });
});

const rowOf = (slot: number) => ({
  ...{ wallClockUs: 1.7e15 + slot * 33_333, sensorUs: slot * 33_333, exposureUs: 1000, gain: 1 },
  ...{ phaseUs: 0, correctionUs: 0 },
});
