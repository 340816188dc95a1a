import { formatFrameRate } from '../../time/frame-rate.ts';
import type { Facts } from '../facts.ts';
import { type Html, html } from '../html.ts';
import { verdictWords } from '../verdict.ts';
import { clockTime, count, counted, micros, microsOrNone, utc } from '../words.ts';

const SIGNS = { good: '✓', fair: '!', bad: '✕' } as const;

/** The verdict, what it rests on, and the figures that matter most. */
export function summarySection(facts: Facts): Html {
  const { title, take, report, cameras } = facts;
  const { mood, line, more } = verdictWords(facts);
  const { frameRate, width, height, started } = take;
  const about = [
    counted(cameras.length, 'camera'),
    counted(report.frames, 'frame'),
    `${clockTime((report.frames * facts.periodUs) / 1e6)} at ${formatFrameRate(frameRate)}\u00a0fps`,
    `${width} × ${height}`,
    utc(started),
  ];
  return html`<header><p class="brand">genlock take report</p><h1>${title}</h1><p class="about">${about.join(' · ')}</p>${take.note !== undefined && html`<p class="note">${take.note}</p>`}</header>
<main id="main">
<section class="verdict ${mood}" aria-labelledby="verdict"><span class="mark" aria-hidden="true">${SIGNS[mood]}</span><div><h2 id="verdict">${line}</h2>
<p>${more}</p>${advice(facts)}${basis(facts)}${reasons(facts)}</div></section>
${tiles(facts)}
`;
}

function advice({ advice }: Facts): Html {
  return html`${advice.map((line) => html`<p class="advice"><strong>What to do:</strong> ${line}</p>`)}`;
}

function basis({ report }: Facts): Html {
  return report.source === 'pixels'
    ? html`<p class="basis">Read from the pixels: each picture shows when its light fell, whatever the cameras say of themselves.</p>`
    : html`<p class="basis warn"><strong>Not read from the pixels.</strong> No pixel clock is in view of all cameras, so these are the cameras’ own timestamps. They can’t tell when the light fell: clocks that disagree, or a delay that a camera does not know of, would not be seen here.</p>`;
}

function reasons({ report, take }: Facts): Html {
  const unfinished =
    take.state === 'complete'
      ? []
      : [
          {
            recording: 'The take has no end.',
            interrupted: 'The take was stopped before its set end.',
            failed: 'Something failed while it was recorded; what was recorded is here.',
          }[take.state],
        ];
  const lines = [...report.reasons, ...(take.problems ?? []), ...unfinished];
  if (lines.length === 0) return html``;
  return html`<ul class="reasons">${[...new Set(lines)].map((line) => html`<li>${line}</li>`)}</ul>`;
}

function tiles({ cameras, worst, first }: Facts): Html {
  const compared = cameras.flatMap(({ pair }) => pair ?? []);
  const limits = cameras.flatMap(({ limitUs, pair }) => (pair && limitUs !== undefined ? [limitUs] : []));
  const matched = compared.reduce((sum, pair) => sum + pair.matched, 0);
  const repeats = compared.reduce((sum, pair) => sum + pair.repeats, 0);
  const judged = compared.reduce((sum, pair) => sum + pair.compared, 0);
  const rms = Math.max(...compared.map((pair) => pair.rmsUs ?? Number.NaN));
  const drops = cameras.reduce((sum, camera) => sum + camera.report.repeated, 0);
  const frames = cameras.reduce((sum, camera) => sum + camera.report.frames, 0);
  const tile = (name: string, value: string, note: string): Html =>
    html`<div><dt>${name}</dt><dd><b>${value}</b><span>${note}</span></dd></div>`;
  const tolerances = [...new Set(compared.map((pair) => pair.toleranceUs))];
  return html`<dl class="tiles">${[
    compared.length > 0 &&
      tile(
        'Frames that match',
        judged === 0
          ? '–'
          : `${matched === judged ? '100' : (Math.floor((matched / judged) * 1000) / 10).toFixed(1)}\u00a0%`,
        `${count(matched)} of ${count(judged)} comparisons${repeats === 0 ? '' : `, ${count(repeats)} of them by a repeat`}`,
      ),
    worst !== undefined &&
      tile(
        'Largest offset',
        micros(Math.abs(worst.us)),
        `${cameras[worst.file]?.name ?? ''}, frame ${count(worst.slot)}; allowed ${tolerances.map((us) => micros(us)).join(', ')}`,
      ),
    Number.isFinite(rms) &&
      tile(
        'Typical offset (rms)',
        microsOrNone(rms),
        limits.length === 0
          ? 'not steered: no limit'
          : `half a sensor line: ${[...new Set(limits.map((us) => micros(us)))].join(', ')}`,
      ),
    tile(
      'Frames lost',
      count(drops),
      drops === 0 ? `none of ${count(frames)}` : `of ${count(frames)}; the frame before stands for each`,
    ),
  ]}</dl>${first > 0 && html`<p>The files begin at frame ${first} of the take’s timeline.</p>`}`;
}
