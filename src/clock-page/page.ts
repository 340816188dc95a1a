/* The pixel clock on a screen, for real cameras to look at: `genlock clock` serves it. */
import { COLUMNS, ROWS } from '../pixel-clock/layout.ts';
import { Refresh } from './refresh.ts';
import { ScreenClock } from './screen-clock.ts';
import { ServerTime } from './server-time.ts';

const MEASURE_EVERY_MS = 10_000;

const canvas = document.querySelector('canvas') as HTMLCanvasElement;
const about = document.querySelector('#about') as HTMLElement;
const context = canvas.getContext('2d', { alpha: false }) as CanvasRenderingContext2D;
const clock = new ScreenClock();
const refresh = new Refresh();
const server = new ServerTime();
const image = new ImageData(COLUMNS, ROWS);
const panel = new OffscreenCanvas(COLUMNS, ROWS);
const panelContext = panel.getContext('2d', { alpha: false }) as OffscreenCanvasRenderingContext2D;

function draw(ms: number): void {
  const refreshUs = refresh.frame(ms);
  // What is drawn now is shown during the refresh after this one.
  const levels = clock.show(ms * 1000 + server.offsetUs + 1.5 * refreshUs);
  for (const [i, level] of levels.entries()) image.data.set([level, level, level, 255], 4 * i);
  panelContext.putImageData(image, 0, 0);
  const scale = window.devicePixelRatio;
  const [width, height] = [Math.round(window.innerWidth * scale), Math.round(window.innerHeight * scale)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  const unit = Math.max(1, Math.floor(Math.min(width / COLUMNS, height / (ROWS + 2))));
  const [x, y] = [Math.floor((width - COLUMNS * unit) / 2), Math.floor((height - ROWS * unit) / 2)];
  context.imageSmoothingEnabled = false;
  context.drawImage(panel, x, y, COLUMNS * unit, ROWS * unit);
  tell(refreshUs);
  requestAnimationFrame(draw);
}

let told = '';
function tell(refreshUs: number): void {
  const hertz = (1e6 / refreshUs).toFixed(0);
  const time =
    server.errorUs === undefined
      ? "this page's own clock"
      : `the clock of the machine that serves this page, to ${(server.errorUs / 1000).toFixed(1)} ms`;
  const text = `${hertz} refreshes a second: times are read to ${(refreshUs / 1000).toFixed(1)} ms. Shows ${time}.`;
  if (text !== told) about.textContent = text;
  told = text;
}

async function measure(): Promise<void> {
  const ask = async (): Promise<number> => Number(await (await fetch('time', { cache: 'no-store' })).text());
  // A page that was saved, or whose server is gone, goes on by its own clock.
  await server.measure(ask, () => performance.now()).catch(() => {});
  setTimeout(measure, MEASURE_EVERY_MS);
}

/** Keeps the screen on, where the browser can. */
async function stayAwake(): Promise<void> {
  await navigator.wakeLock?.request('screen').catch(() => {});
}

function fillScreen(): void {
  void document.documentElement.requestFullscreen?.().catch(() => {});
  void stayAwake();
}

document.querySelector('button')?.addEventListener('click', fillScreen);
document.addEventListener('keydown', ({ key }) => {
  if (key === 'f') fillScreen();
});
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') void stayAwake();
});
void stayAwake();
void measure();
requestAnimationFrame(draw);
