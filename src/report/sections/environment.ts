import type { TakeCamera } from '../../record/take.ts';
import { formatFrameRate } from '../../time/frame-rate.ts';
import type { Facts } from '../facts.ts';
import { type Html, type HtmlValue, html } from '../html.ts';
import { count, micros, utc } from '../words.ts';
import { pairs, section } from './parts.ts';

/** What the take was recorded on, with and by. */
export function environmentSection({ take, report }: Facts): Html {
  const { software, commandLine, sync, exposure } = take;
  return section(
    'environment',
    'What it was recorded with',
    commandLine &&
      html`<h3>Command line</h3><div class="scroll" role="region" tabindex="0" aria-label="Command line"><code>genlock ${commandLine.map(shellWord).join(' ')}</code></div>`,
    html`<h3>Take</h3>`,
    pairs([
      ['genlock', take.genlock],
      ['state', take.state],
      ['started', utc(take.started)],
      ['ended', take.ended && utc(take.ended)],
      ['repaired', take.repaired && utc(take.repaired)],
      ['frames', take.frames === undefined ? undefined : count(take.frames)],
      ['asked for', take.wanted === undefined ? 'until stopped' : count(take.wanted)],
      ['rate', `${formatFrameRate(take.frameRate)} fps (${take.frameRate.num}/${take.frameRate.den})`],
      ['size', `${take.width} × ${take.height}`],
      ['times in the files', take.timestamps === 'true' ? 'true capture times' : 'constant rate'],
      ['proof', `${report.source}, tolerance ${micros(report.toleranceUs)}`],
    ]),
    html`<h3>Synchronisation</h3>`,
    pairs([
      ['controller', sync.controller],
      ['aligned at', sync.align],
      [
        'messages',
        `${sync.group}:${sync.port}${sync.interface === undefined ? '' : ` by ${sync.interface}`}, every ${sync.periodFrames} frames`,
      ],
      ['exposure', exposure && exposureText(exposure.exposureUs, exposure.gain, exposure.awbGains, exposure.matched)],
    ]),
    software &&
      html`<h3>Software</h3>${pairs([
        ['system', [software.os, software.distribution].filter(Boolean).join(', ')],
        ['processor', software.arch],
        ['Node.js', software.node],
        ['encoder', software.encoder],
        ['node-av', software.nodeAv],
        ['FFmpeg', software.ffmpeg],
      ])}`,
    html`<h3>Cameras</h3><div class="cards">${take.cameras.map((camera) => card(camera))}</div>`,
  );
}

function card(camera: TakeCamera): Html {
  const { lineUs, rows, stock } = camera;
  const refused = Object.entries(camera.refused ?? {}).map(([why, times]) => `${why} ${times}`);
  return html`<article class="card" aria-label="${camera.name}"><h4>${camera.name} <small>${camera.sync}</small></h4>${pairs(
    [
      ['camera', html`<code>${camera.spec}</code>`],
      ['model', camera.model],
      ['mode', camera.mode],
      ['sensor line', lineUs === undefined ? undefined : `${lineUs.toFixed(2)} µs`],
      ['rows read out', rows === undefined ? undefined : count(rows)],
      ['shutter', camera.globalShutter === undefined ? undefined : camera.globalShutter ? 'global' : 'rolling'],
      ['exposure', exposureText(camera.exposureUs, camera.gain)],
      [
        'steered',
        camera.steered === undefined
          ? undefined
          : camera.steered
            ? 'yes'
            : `no${camera.whyNotSteered === undefined ? '' : `: ${camera.whyNotSteered}`}`,
      ],
      ['steered by', steeringText(stock?.steering)],
      ['files', camera.files ? camera.files.map(({ file }) => file).join(', ') : camera.file],
      ['encoder', camera.encoder],
      ['clock', clockText(camera.clock)],
      [
        "server's clock",
        camera.hostClock && `known within ${micros(camera.hostClock.boundUs)}, by the hosts' exchange of times`,
      ],
      ['corrections', camera.corrections === undefined ? undefined : count(camera.corrections)],
      [
        'messages',
        camera.messages === undefined
          ? undefined
          : `${count(camera.messages)} ${camera.sync === 'server' ? 'sent' : 'used'}`,
      ],
      ['turned away', refused.join(', ')],
      ['program', stock && html`<code>${[stock.program, ...stock.arguments].map(shellWord).join(' ')}</code>`],
      ['version', stock?.version],
    ],
  )}</article>`;
}

/** How a stock camera was steered, and what was learned of it. */
function steeringText(steering: NonNullable<TakeCamera['stock']>['steering']): string | undefined {
  if (steering === undefined) return undefined;
  const { channel, reason, leads, lineUs, delayFrames, rounding, noiseUs, latencyFrames } = steering;
  const by = leads ? `leads, heard by its ${channel}` : channel;
  const parts = [
    `${by} (${reason})`,
    lineUs === undefined ? undefined : `line ${lineUs.toFixed(4)} µs`,
    delayFrames === undefined ? undefined : `orders act ${delayFrames} frames later`,
    rounding === undefined ? undefined : rounding === 'floor' ? 'lengths are floored' : 'lengths are rounded',
    noiseUs === undefined ? undefined : `noise of stamps ${micros(noiseUs)}`,
    latencyFrames === undefined ? undefined : `heard ${latencyFrames.toFixed(1)} frames late`,
  ];
  return parts.filter(Boolean).join(', ');
}

function exposureText(
  exposureUs: number | undefined,
  gain: number | undefined,
  awbGains?: readonly number[],
  matched = false,
): string | undefined {
  const parts = [
    exposureUs === undefined ? undefined : micros(exposureUs),
    gain === undefined ? undefined : `gain ${gain}`,
    awbGains && `colour gains ${awbGains.join(', ')}`,
    matched && 'as the server measured',
  ].filter(Boolean);
  return parts.length === 0 ? undefined : parts.join(', ');
}

/** What is known of a host's clock. */
function clockText(clock: TakeCamera['clock']): HtmlValue {
  if (clock === undefined) return undefined;
  const { timeService: service, injected } = clock;
  const parts = [
    `${clock.host}, ${clock.source}`,
    clock.synchronised === undefined ? undefined : clock.synchronised ? 'synchronised' : 'not synchronised',
    clock.offsetUs === undefined ? undefined : `${micros(clock.offsetUs, true)} off`,
    clock.boundUs === undefined ? undefined : `within ${micros(clock.boundUs)}`,
    service && `${service.service}${service.source === undefined ? '' : ` follows ${service.source}`}`,
    service?.offsetUs === undefined ? undefined : `${micros(service.offsetUs, true)} from it`,
    injected &&
      `error added for a test: ${micros(injected.offsetUs, true)}, ${injected.ppm} ppm, ${injected.steps.length} steps`,
  ];
  return parts.filter(Boolean).join('; ');
}

/** A word as a shell takes it. */
const shellWord = (word: string): string =>
  /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
