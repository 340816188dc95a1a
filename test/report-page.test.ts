import { describe, expect, it } from 'vitest';
import type { Take, TakeCamera } from '../src/record/take.ts';
import { pageAssets } from '../src/report/assets.ts';
import { gatherFacts } from '../src/report/facts.ts';
import { html, scriptJson } from '../src/report/html.ts';
import { renderPage } from '../src/report/page.ts';
import { verdictWords } from '../src/report/verdict.ts';
import { judge } from '../src/verify/alignment.ts';
import type { Proof } from '../src/verify/verify.ts';
import { reportTakeOf, timesOf } from './support/report-take.ts';

const even = (offset: number, length = 60) => Array.from({ length }, (_, i) => i + offset);
const EVIL = `</script><img src=x onerror="alert(1)">'&<b>`;

function proofOf(
  cam1: readonly (number | undefined)[],
  more: Parameters<typeof judge>[1] = { toleranceUs: 1000 },
): Proof {
  const files = [timesOf('cam0.mp4', even(0)), timesOf('cam1.mp4', cam1)];
  return { files, report: judge(files, more) };
}

/** The page of a take whose files are not there: it has no pictures. */
const factsOf = (take: Take, proof: Proof, title = 'take') => gatherFacts('nowhere', title, take, proof);
const pageOf = async (...given: Parameters<typeof factsOf>) => renderPage(await factsOf(...given), await pageAssets());

describe('the verdict in words', () => {
  const wordsOf = async (proof: Proof) => verdictWords(await factsOf(reportTakeOf({}), proof));

  it('of a good take says how far apart frames were, and what that is', async () => {
    const { mood, line, more } = await wordsOf(proofOf(even(0.0006)));
    expect([mood, line]).toEqual(['good', 'In sync: frame for frame, both cameras show the same moment.']);
    expect(more).toContain('never more than 20\u00a0µs (millionths of a second) apart');
    expect(more).toContain('drives 0.56\u00a0mm');
  });

  it('of one with repeats says so', async () => {
    const { mood, line } = await wordsOf(proofOf(even(0).map((at) => (at === 30 ? 29 : at))));
    expect(mood).toBe('fair');
    expect(line).toContain('1\u00a0lost frame is filled by the one before');
  });

  it('of a bad one names the camera and how many frames', async () => {
    const { mood, line } = await wordsOf(proofOf(even(0).map((at) => (at < 20 ? at : at + 1))));
    expect(mood).toBe('bad');
    expect(line).toBe('Not in sync: cam1 shows another moment than cam0 in 40 of 60 frames.');
  });

  it('of files of different lengths gives the lengths', async () => {
    expect((await wordsOf(proofOf(even(0, 50)))).line).toContain('different numbers of frames (cam0 60 and cam1 50)');
  });

  it('of timestamps never claims more than they tell', async () => {
    const proof = proofOf(even(0), { toleranceUs: 1000, source: 'timestamps' });
    const { mood, line, more } = await wordsOf(proof);
    expect(line).toMatch(/^In sync, by the cameras’ own timestamps alone: /);
    expect(mood).toBe('fair');
    expect(more).toContain('say of themselves');
    expect(await pageOf(reportTakeOf({}), proof)).toContain('Not read from the pixels.');
  });
});

describe('the page', () => {
  it('shows text from take.json as text, wherever it stands', async () => {
    const texts = withTexts(
      reportTakeOf(
        {
          ...{ model: '', mode: '', encoder: '', error: '', whyNotSteered: '', steered: false, warnings: [''] },
          clock: {
            host: '',
            source: '',
            resolutionUs: 1,
            timeService: { service: '', source: '', synchronised: true },
          },
          refused: { '': 1 },
          stock: {
            ...{ program: '', version: '', arguments: [''], log: 'a', metadata: 'b', pts: 'c' },
            steering: { channel: 'log', reason: '' },
          },
          states: [{ at: '2026-01-01T00:00:00.000Z', state: 'locked', recording: true, index: 0 }],
        },
        {
          problems: [''],
          commandLine: [''],
          software: { node: '', os: '', distribution: '', arch: '', encoder: '', nodeAv: '', ffmpeg: '' },
        },
      ),
    );
    // Names that become paths hold no such text: the reader refuses them.
    const named = (each: TakeCamera, i: number) => ({ ...each, file: `cam${i}.mp4`, framesCsv: `cam${i}.frames.csv` });
    const take = { ...texts, cameras: texts.cameras.map(named) };
    const files = take.cameras.map(({ file }) => timesOf(file, even(0)));
    const report = judge(files, { toleranceUs: 1000 });
    const page = await pageOf(take, { files, report: { ...report, reasons: [EVIL], notes: [EVIL] } }, EVIL);
    expect(page).not.toContain('<img');
    expect(page).not.toContain('<b>&');
    expect(page.match(/<\/script/g)).toHaveLength(3);
    expect(page.match(/<script/g)).toHaveLength(3);
    // The text itself is there, to be read.
    expect(page).toContain('&#60;img src=x onerror=&#34;');
    const data = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)?.[1] ?? '';
    expect(JSON.parse(data).lanes[1].name).toBe(`cam1${EVIL}`);
  });

  it('tells how a stock camera was steered, and what was learned of it', async () => {
    const stock = { program: 'rpicam-vid', arguments: [], log: 'a', metadata: 'b', pts: 'c' };
    const learned = { lineUs: 18.90352, delayFrames: 4, rounding: 'floor', noiseUs: 3.1, latencyFrames: 0.8 } as const;
    const steering = { channel: 'log', reason: 'the best there is', ...learned } as const;
    const page = await pageOf(reportTakeOf({ stock: { ...stock, steering } }), proofOf(even(0.001)));
    expect(page).toMatch(
      /steered by.*log \(the best there is\), line 18\.9035 µs, orders act 4 frames later, lengths are floored/s,
    );
  });

  it('asks for nothing: the browser is told to load nothing and to run only its own scripts', async () => {
    const page = await pageOf(reportTakeOf({}), proofOf(even(0.001)));
    expect(page).toMatch(/Content-Security-Policy" content="default-src &#39;none&#39;; img-src data:/);
    const own = page.replace(/<script[\s\S]*?<\/script>/g, '');
    expect(own).not.toMatch(/https?:/);
    expect(own).not.toMatch(/(src|href)="(?!data:|#)/);
  });

  it('tells the offsets beside the charts too', async () => {
    const page = await pageOf(reportTakeOf({}), proofOf(even(0.001)));
    expect(page).toContain('Offsets against cam0');
    expect(page).toContain('+33.3\u00a0µs');
    expect(page).toContain('cam1: offsets over time');
    expect(page).toContain('cam1: how often which offset came');
  });

  it('of one camera has nothing to compare', async () => {
    const files = [timesOf('cam0.mp4', even(0))];
    const page = await pageOf(reportTakeOf({}), { files, report: judge(files, { toleranceUs: 1000 }) });
    expect(page).toContain('One camera: there is nothing to compare it with.');
  });
});

describe('templates', () => {
  it('escape text, not markup, and leave out what is not there', () => {
    expect(html`<p title="${'"'}">${'<&'}${undefined}${false}${0}${[html`<i>`, "'"]}</p>`.text).toBe(
      '<p title="&#34;">&#60;&#38;0<i>&#39;</p>',
    );
  });

  it('of data can’t end their element', () => {
    expect(scriptJson({ a: '</script><!--' }).text).toBe('{"a":"\\u003c/script>\\u003c!--"}');
  });
});

/** The take with this text in every field that takes one, but names of formats and times of day. */
function withTexts<T>(value: T, key = ''): T {
  if (Array.isArray(value)) return value.map((each) => withTexts(each, key)) as T;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([name, each]) => [name || EVIL, withTexts(each, name)]);
    return Object.fromEntries(entries);
  }
  const fixed = ['format', 'state', 'started', 'at', 'sync', 'align', 'conformed'];
  return typeof value === 'string' && !fixed.includes(key) ? (`${value}${EVIL}` as T) : value;
}
