import type { Facts } from '../facts.ts';
import { STATES, type StateEvent, stateEvents } from '../history.ts';
import { type Html, html } from '../html.ts';
import { clockTime, count } from '../words.ts';
import { details, section, table } from './parts.ts';

/** Changes that stand on the page unfolded. */
const MOST_SHOWN = 12;

/** What happened: what a person should know first, then all changes of all cameras' states. */
export function eventsSection({ take, report }: Facts): Html {
  const told: [string, string][] = [
    ...(take.problems ?? []).map((text): [string, string] => ['problem', text]),
    ...report.reasons.map((text): [string, string] => ['verdict', text]),
    ...report.notes.map((text): [string, string] => ['pixels', text]),
    ...take.cameras.flatMap(({ name, error, warnings = [] }) => [
      ...(error === undefined ? [] : [['failed', `${name}: ${error}`] as [string, string]]),
      ...warnings.map((text): [string, string] => ['warning', `${name}: ${text}`]),
    ]),
  ];
  const events = stateEvents(take);
  const worth = events.filter((event) => event.worth);
  const leftOut = take.cameras.reduce((sum, { statesLeftOut = 0 }) => sum + statesLeftOut, 0);
  return section(
    'events',
    'What happened',
    told.length === 0 &&
      worth.length === 0 &&
      html`<p>Nothing out of the ordinary: no problem, no warning, and no camera lost the others while it recorded.</p>`,
    told.length > 0 &&
      html`<ul class="told">${told.map(([kind, text]) => html`<li><span class="kind of-${kind}">${kind}</span> <span>${text}</span></li>`)}</ul>`,
    worth.length > 0 && out(worth),
    events.length > 0 && details(`All ${count(events.length)} changes of state`, changes('Changes of state', events)),
    leftOut > 0 && html`<p>${count(leftOut)} more changes were left out of take.json.</p>`,
  );
}

/** The first of them; all are in the list of all changes. */
const out = (worth: readonly StateEvent[]): Html =>
  html`${changes('Out of step while recording', worth.slice(0, MOST_SHOWN))}${
    worth.length > MOST_SHOWN && html`<p>And ${count(worth.length - MOST_SHOWN)} times more.</p>`
  }`;

const changes = (caption: string, events: readonly StateEvent[]): Html =>
  table(
    caption,
    ['time', 'camera', 'state', 'meaning', 'clock (UTC)'],
    events.map(({ seconds, camera, state, at }) => [
      seconds === undefined ? '–' : clockTime(seconds),
      ...[camera, state, STATES[state].means, at.slice(11, 23)],
    ]),
    'words',
  );
