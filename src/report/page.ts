import { createHash } from 'node:crypto';
import type { PageAssets } from './assets.ts';
import { chartData } from './chart-data.ts';
import type { Facts } from './facts.ts';
import { Html, html, scriptJson } from './html.ts';
import { dropsSection } from './sections/drops.ts';
import { environmentSection } from './sections/environment.ts';
import { eventsSection } from './sections/events.ts';
import { framesSection } from './sections/frames.ts';
import { offsetsSection } from './sections/offsets.ts';
import { summarySection } from './sections/summary.ts';

/** The whole page, as text. Nothing in it comes from elsewhere, and the browser is told to ask for nothing. */
export function renderPage(facts: Facts, { style, scripts, charts }: PageAssets): string {
  const hashes = scripts.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  const policy = `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src ${hashes.join(' ')}; base-uri 'none'; form-action 'none'`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${facts.title}: ${facts.report.verdict}</title>
<style>${new Html(style)}</style>
</head>
<body>
<a class="skip" href="#main">To the verdict</a>
${summarySection(facts)}
<nav aria-label="Parts of the report"><a href="#offsets">Offsets</a><a href="#frames">Frames</a><a href="#drops">Drops</a><a href="#events">Events</a><a href="#environment">Environment</a></nav>
<noscript><p>The charts need JavaScript; the tables have their figures.</p></noscript>
${[offsetsSection, framesSection, dropsSection, eventsSection, environmentSection].map((part) => part(facts))}
</main>
<footer><p>Made by genlock ${facts.take.genlock}. Charts by ${charts}. This page is one file and asks for nothing from anywhere.</p></footer>
<script type="application/json" id="data">${scriptJson(chartData(facts))}</script>
${scripts.map((script) => html`<script>${new Html(script)}</script>\n`)}</body>
</html>
`;
  return page.text;
}
