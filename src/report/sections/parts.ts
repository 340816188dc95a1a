import { type Html, type HtmlValue, html } from '../html.ts';

/** A part of the page with a heading, which is a landmark by it. */
export const section = (id: string, title: string, ...content: readonly HtmlValue[]): Html =>
  html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${content}</section>\n`;

/**
 * A table that scrolls by itself where it is wider than the page, also by the keyboard.
 * @param rows the first cell of each is its heading.
 * @param kind `figures` stand to the right, `words` to the left.
 */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly HtmlValue[])[],
  kind = 'figures',
): Html {
  const columns = head.map((name) => html`<th scope="col">${name}</th>`);
  const lines = rows.map(
    ([first, ...cells]) => html`<tr><th scope="row">${first}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>\n`,
  );
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}"><table class="${kind}"><caption>${caption}</caption><thead><tr>${columns}</tr></thead><tbody>
${lines}</tbody></table></div>`;
}

/** What only some want to read. */
export const details = (summary: string, ...content: readonly HtmlValue[]): Html =>
  html`<details><summary>${summary}</summary>${content}</details>`;

/** Names and what they stand for; those without a value are left out. */
export const pairs = (entries: readonly (readonly [name: string, value: HtmlValue])[]): Html =>
  html`<dl>${entries
    .filter(([, value]) => value !== undefined && value !== false && value !== '')
    .map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;

/** What a colour stands for; the colour alone tells nothing that the text does not. */
export const legend = (entries: readonly (readonly [sign: string, text: HtmlValue])[]): Html =>
  html`<ul class="legend">${entries.map(([sign, text]) => html`<li><i class="sign ${sign}"></i>${text}</li>`)}</ul>`;
