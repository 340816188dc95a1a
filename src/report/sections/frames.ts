import { DROP_MEANINGS } from '../drops.ts';
import type { CameraFacts, Facts } from '../facts.ts';
import { Html, type HtmlValue, html } from '../html.ts';
import type { Moment } from '../moments.ts';
import { clockTime, count, listed, micros } from '../words.ts';
import { section } from './parts.ts';

/** The same frame of every camera side by side, at some moments of the take. */
export function framesSection(facts: Facts): Html {
  return section(
    'frames',
    'The same frame from every camera',
    html`<p>These pictures are decoded from the files themselves. What moves should be at the same place in all pictures of a row.</p>`,
    rowsDiffer(facts) &&
      html`<p class="hint">The sensors here read their rows out at different speeds. Frames begin together; further down in the picture a row of one camera is exposed at another time than that of another.</p>`,
    facts.moments.map((moment, i) => row(facts, moment, i)),
  );
}

/** Cameras whose rows follow each other differently show what moves at different places further down. */
function rowsDiffer({ cameras }: Facts): boolean {
  const readouts = cameras.flatMap(({ take: { readout } }) => (readout ? [[readout.topUs, readout.rowUs]] : []));
  return new Set(readouts.map((readout) => readout.map(Math.round).join())).size > 1;
}

function row(facts: Facts, moment: Moment, i: number): Html {
  const { periodUs, cameras } = facts;
  const title = listed(moment.names.map((name, k) => (k === 0 ? name : name.toLowerCase())));
  const at = clockTime((moment.slot * periodUs) / 1e6);
  const figures = cameras.map((camera) => {
    const [text, offset] = offsetAt(facts, camera, moment.slot);
    const jpeg = camera.pictures[i];
    const alt = `Frame ${moment.slot} of ${camera.name}, ${text}`;
    return html`<figure class="shot">${jpeg ? picture(jpeg.data, jpeg.width, jpeg.height, alt) : html`<div class="none">no picture</div>`}<figcaption><b>${camera.name}</b> <span>${offset}</span></figcaption></figure>\n`;
  });
  const columns = cameras.length <= 2 ? 'two' : cameras.length <= 4 ? 'few' : 'many';
  return html`<h3>${title}: frame ${count(moment.slot)} <small>${at}</small></h3><div class="shots ${columns}">${figures}</div>\n`;
}

const picture = (data: Uint8Array, width: number, height: number, alt: string): Html =>
  html`<img src="${new Html(`data:image/jpeg;base64,${Buffer.from(data).toString('base64')}`)}" width="${width}" height="${height}" alt="${alt}">`;

/** What is said of a camera at a slot: in words, and as it stands below the picture. */
function offsetAt({ reference, first }: Facts, camera: CameraFacts, slot: number): [string, HtmlValue] {
  const drop = camera.drops.find(({ from, count }) => slot >= from && slot < from + count);
  if (drop !== undefined)
    return [`${drop.cause}: ${DROP_MEANINGS[drop.cause]}`, html`<i class="sign ${drop.cause}"></i>${drop.cause}`];
  if (camera === reference) return ['the reference', 'reference'];
  const us = camera.offsetsUs[slot - first];
  if (us === undefined) return ['not compared', 'not compared'];
  const beyond = Math.abs(us) > (camera.pair?.toleranceUs ?? Number.POSITIVE_INFINITY);
  const way = Math.abs(us) < 0.05 ? 'at the same time as' : us > 0 ? 'later than' : 'earlier than';
  const offset = micros(us, true);
  return [
    `${micros(Math.abs(us))} ${way} ${reference.name}${beyond ? ', beyond the tolerance' : ''}`,
    beyond ? html`<strong class="beyond">${offset} (beyond tolerance)</strong>` : offset,
  ];
}
