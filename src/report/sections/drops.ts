import { DROP_CAUSES, DROP_MEANINGS, type DropCause, type DropRun } from '../drops.ts';
import type { Facts } from '../facts.ts';
import { type Html, html } from '../html.ts';
import { clockTime, count, counted } from '../words.ts';
import { details, legend, section, table } from './parts.ts';

/** Stretches of drops that are listed one by one. */
const MOST_LISTED = 100;

/** Slots without a frame of their own, on the take's time, beside what each camera was doing. */
export function dropsSection(facts: Facts): Html {
  const { cameras } = facts;
  const sums = cameras.map(({ drops }) => sumsOf(drops));
  const causes = DROP_CAUSES.filter((cause) => sums.some((sum) => sum[cause] > 0));
  const rows = cameras.map(({ name, report }, i) => [
    name,
    count(report.frames),
    ...DROP_CAUSES.map((cause) => count(sums[i]?.[cause] ?? 0)),
  ]);
  const none = causes.length === 0;
  return section(
    'drops',
    'Dropped frames and states',
    html`<p>${none ? 'Every frame of every file was captured and can be read.' : 'A frame that is not there leaves its place to a repeat of the one before, so that all others keep their numbers.'}</p>`,
    table('Frames without a picture of their own', ['camera', 'frames', ...DROP_CAUSES], rows),
    html`<figure><div class="chart lanes" data-lanes role="application" tabindex="0" aria-label="Dropped frames and states of each camera over time" aria-describedby="lanes-read"></div><figcaption><output id="lanes-read" class="read" aria-live="polite"></output></figcaption></figure>`,
    legend([
      ['good', 'in step with the others'],
      ['watch', 'not locked: starting, waiting, acquiring, or its server is silent'],
      ['bad', 'lost or failed'],
      ...causes.map((cause) => [cause, html`<b>${cause}</b>: ${DROP_MEANINGS[cause]}`] as const),
    ]),
    !none && details('All of them, one by one', list(facts)),
  );
}

function sumsOf(drops: readonly DropRun[]): Record<DropCause, number> {
  const sums = { missed: 0, overload: 0, lost: 0, unreadable: 0, untold: 0 };
  for (const { cause, count } of drops) sums[cause] += count;
  return sums;
}

function list({ cameras, periodUs }: Facts): Html {
  const all = cameras
    .flatMap(({ name, drops }) => drops.map((drop) => ({ name, ...drop })))
    .sort((a, b) => a.from - b.from);
  const rows = all
    .slice(0, MOST_LISTED)
    .map(({ name, cause, from, count: frames }) => [
      clockTime((from * periodUs) / 1e6),
      name,
      frames === 1 ? count(from) : `${count(from)} to ${count(from + frames - 1)}`,
      counted(frames, 'frame'),
      cause,
    ]);
  const more = all.length - rows.length;
  return html`${table('Dropped and unreadable frames', ['time', 'camera', 'frame', 'how many', 'cause'], rows, 'words')}${more > 0 && html`<p>And ${count(more)} more: frames.csv has a row for each frame.</p>`}`;
}
