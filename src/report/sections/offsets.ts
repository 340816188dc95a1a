import type { CameraFacts, Facts } from '../facts.ts';
import { type Histogram, histogramOf } from '../histogram.ts';
import { Html, html } from '../html.ts';
import { clockTime, count, micros, microsOrNone } from '../words.ts';
import { details, legend, section, table } from './parts.ts';

/** Stretches of a take that are told one by one beside the chart. */
const STRETCHES = 10;

/** What the charts' height shows. */
const SCALES = [
  ['all', 'all frames'],
  ['most', '99 % of the frames'],
  ['tolerance', 'the tolerance'],
] as const;

/** Offsets over time and how often which came, a chart and the figures of each camera. */
export function offsetsSection(facts: Facts): Html {
  const { cameras, reference } = facts;
  const compared = cameras.filter(({ pair }) => pair !== undefined);
  if (compared.length === 0)
    return section('offsets', 'Offsets', html`<p>There is one camera: nothing to compare it with.</p>`);
  return section(
    'offsets',
    `How far each camera is from ${reference.name}`,
    html`<p>A point is one frame: above zero it was exposed later than the same frame of ${reference.name}, below zero earlier.</p>`,
    figures(facts),
    html`<div class="tools" role="toolbar" aria-label="Zoom of all charts over time" data-tools>
<button type="button" data-zoom="in">Zoom in</button><button type="button" data-zoom="out">Zoom out</button><button type="button" data-zoom="earlier">Earlier</button><button type="button" data-zoom="later">Later</button><button type="button" data-zoom="all">Whole take</button>
</div><fieldset class="tools"><legend>Scale</legend>${SCALES.map(([value, text], i) => html`<label><input type="radio" name="scale" value="${value}"${i === 0 && new Html(' checked')}> ${text}</label>`)}</fieldset><p class="hint">Drag over a chart to zoom, double-click for the whole take. With the keyboard: Tab to a chart, arrow keys go from frame to frame, + and − zoom, 0 shows all.</p>`,
    compared.map((camera, i) => chart(facts, camera, i)),
  );
}

function figures({ cameras, reference }: Facts): Html {
  const rows = cameras.map(({ name, report, pair, limitUs }) => {
    const file = report.file === `${name}.mp4` ? name : html`${name} <small>${report.file}</small>`;
    if (pair === undefined) return [file, 'reference', '', '', '', '', '', '', '', ''];
    return [
      ...[file, `${count(pair.evidence)} of ${count(pair.compared)}`, count(pair.repeats)],
      ...[pair.startOffsetUs, pair.meanUs].map((us) => microsOrNone(us, true)),
      ...[pair.rmsUs, pair.p99Us, pair.maxUs].map((us) => microsOrNone(us)),
      ...[limitUs === undefined ? 'not steered' : `±${micros(limitUs)}`, `±${micros(pair.toleranceUs)}`],
    ];
  });
  return table(
    `Offsets against ${reference.name}`,
    ['camera', 'match', 'filled in', 'first', 'mean', 'rms', '99 % within', 'largest', 'half a line', 'tolerance'],
    rows,
  );
}

function chart(facts: Facts, camera: CameraFacts, i: number): Html {
  const { name, limitUs, pair } = camera;
  const tolerance = pair?.toleranceUs ?? 0;
  const label = `${name}: offset over time`;
  const histogram = histogramOf(camera.offsetsUs.filter((us) => us !== undefined));
  return html`<article class="camera" aria-labelledby="offset-${i}"><h3 id="offset-${i}">${name} against ${facts.reference.name}</h3>
<div class="pair"><figure><div class="chart" data-offset="${i}" role="application" tabindex="0" aria-label="${label}" aria-describedby="offset-read-${i}"></div>
<figcaption><output id="offset-read-${i}" class="read" aria-live="polite">largest ${microsOrNone(pair?.maxUs)}, rms ${microsOrNone(pair?.rmsUs)}</output></figcaption></figure>
<figure><div class="chart" data-histogram="${i}" role="img" aria-label="${name}: how often which offset came. ${histogram ? shape(histogram) : 'No frames to compare'}."></div>
<figcaption>${histogram ? outside(histogram) : ''}</figcaption></figure></div>
${legend([
  ['line', 'offset of a frame'],
  ...(limitUs === undefined
    ? []
    : [['band', `within half a line of its sensor (±${micros(limitUs)}): nearer it can’t be steered`] as const]),
  ['tolerance', `tolerance (±${micros(tolerance)})`],
])}
${details(`${name}: the figures behind both charts`, stretches(facts, camera), histogram && bins(name, histogram))}</article>\n`;
}

const shape = ({ from, width, counts }: Histogram): string => {
  const most = counts.indexOf(Math.max(...counts));
  return `Most frames from ${micros(from + most * width, true)} to ${micros(from + (most + 1) * width, true)}`;
};

function outside({ below, above, from, width, counts }: Histogram): string {
  const ends = [
    below > 0 && `${count(below)} further below ${micros(from, true)}`,
    above > 0 && `${count(above)} further above ${micros(from + counts.length * width, true)}`,
  ].filter(Boolean);
  return `frames by offset${ends.length > 0 ? `; not drawn: ${ends.join(', ')}` : ''}`;
}

/** What the chart shows, for those who don't see it: the offsets of each tenth of the take. */
function stretches({ first, end, periodUs }: Facts, { name, offsetsUs }: CameraFacts): Html {
  const size = (end - first) / Math.min(STRETCHES, end - first);
  const rows = Array.from({ length: Math.round((end - first) / size) }, (_, k) => {
    const [from, to] = [Math.round(k * size), Math.round((k + 1) * size)];
    const known = offsetsUs.slice(from, to).filter((us) => us !== undefined);
    let [sum, least, most] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const us of known) [sum, least, most] = [sum + us, Math.min(least, us), Math.max(most, us)];
    const span = [from, to].map((slot) => clockTime(((first + slot) * periodUs) / 1e6)).join(' to ');
    const cells =
      known.length === 0 ? ['–', '–', '–'] : [least, sum / known.length, most].map((us) => micros(us, true));
    return [span, `${count(first + from)} to ${count(first + to - 1)}`, ...cells];
  });
  return table(`${name}: offsets over time`, ['time', 'frames', 'earliest', 'mean', 'latest'], rows);
}

const bins = (name: string, { from, width, counts, below, above }: Histogram): Html =>
  table(
    `${name}: how often which offset came`,
    ['offset', 'frames'],
    [
      ...(below > 0 ? [[`below ${micros(from, true)}`, count(below)]] : []),
      ...counts.map((frames, i) => [
        `${micros(from + i * width, true)} to ${micros(from + (i + 1) * width, true)}`,
        count(frames),
      ]),
      ...(above > 0 ? [[`above ${micros(from + counts.length * width, true)}`, count(above)]] : []),
    ],
  );
