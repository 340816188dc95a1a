import type { Ink } from '../../drawing/ink.ts';
import { lineWidth, Stamps, type Style, write } from '../../drawing/lettering.ts';
import { Canvas } from '../../drawing/raster.ts';
import { facing, Glow, type Plane, project, Ring, RoundedRect, Stamped, Strokes } from '../../drawing/shapes.ts';
import { UsageError } from '../../errors.ts';
import { drawPixelClock, type Exposure, exposureOfRow } from '../../pixel-clock/draw.ts';
import { panelSize } from '../../pixel-clock/layout.ts';
import type { Picture, PixelRect } from '../picture.ts';
import { LAMPS, type Layout, layout } from './layout.ts';
import { Hand, type HandForm, MovingDisc, pieces } from './moving.ts';
import { neutral, Palette } from './palette.ts';
import { type Viewpoint, viewpoint } from './viewpoint.ts';

export interface SceneOptions {
  /** Pixels, even, from 120 up. */
  readonly width: number;
  readonly height: number;
  /** Written large, for example `cam0`. */
  readonly name: string;
  /** Written beside it, for example `imx219 30 fps`. */
  readonly detail: string;
  /** The camera's number: gives its viewpoint and tint. Equal numbers see the same. */
  readonly seed: number;
  /**
   * Exposure x gain over what the scene is lit for. Default 1. Highlights saturate softly. It changes all but the
   * pixel clock and its plate, which keep their levels, so that the time can be read at any brightness.
   */
  readonly brightness?: number;
}

/** Turns of the fast hand and of the slow one, and a full swing of the pendulum (a seconds pendulum), in us. */
const FAST_TURN_US = 1_000_000;
const SLOW_TURN_US = 10_000_000;
const SWING_US = 2_000_000;
/**
 * Rows that a rolling shutter exposes within this time are drawn as one exposure, but for the pixel clock's: the fast
 * hand turns by 0.14 degrees in it, and to set up what is drawn costs more than to draw it on a pair of rows.
 */
const BAND_US = 400;
/** The lamps light up one after another, once round in this time. */
const LAMPS_US = 100_000;

/** The scene's colours as light falls on them, before any camera's tint: sRGB. */
const WALL_LIT = 0xe6e3dc;
const WALL_DIM = 0x85888f;
const CONSOLE = 0x20252c;
const LAMP_OFF = 0x39414b;
const LAMP_ON = 0xffe9b8;
const DIGITS = 0xf1efe8;
const DIAL = 0xf6f4ee;
const CHARCOAL = 0x2a2f37;
const TICK = 0x6c727b;
const RED = 0xd2402c;
const BRASS_EDGE = 0x8d6522;
const BRASS = 0xd9a548;
const BRASS_LIGHT = 0xffeec2;
const SHADOW = 0x14171c;

/**
 * What a virtual camera looks at: a clock whose dial has ten parts (the red hand goes round once a second, so a part is
 * a tenth; the dark one once in ten seconds, so a part is a second), a seconds pendulum which is upright at every full
 * second, a time code, a row of lamps that runs through 100 ms in steps of 5 ms, and the pixel clock.
 *
 * All that moves is a function of CLOCK_MONOTONIC during the exposure, blurred by its length. So cameras in sync show
 * the hands at the same angle, the same lamps, and time codes that differ by a millisecond at most; cameras that are
 * not differ by 36 degrees of the red hand for every 100 ms. Of the hardware the shutter is modelled: exposure as it
 * integrates, and rows that are exposed one after the other.
 */
export class Scene {
  private readonly layout: Layout;
  private readonly background: Uint8Array;
  private readonly canvas: Canvas;
  private readonly dial: Plane;
  private readonly shade: Plane;
  private readonly digits: Stamps;
  private readonly inks: Inks;
  private readonly pendulumShade: { readonly x: number; readonly y: number };
  private readonly parts: readonly Part[];

  /**
   * @throws UsageError where a side is odd or too short to hold the scene, or the brightness is no number from 0 up.
   */
  constructor(options: SceneOptions) {
    const { width, height, brightness = 1 } = options;
    for (const side of [width, height])
      if (!(Number.isInteger(side) && side % 2 === 0 && side >= 120))
        throw new UsageError(
          `a virtual camera's width and height are even numbers of pixels from 120 up, not ${width}x${height}`,
        );
    if (!(brightness >= 0 && brightness < Infinity))
      throw new UsageError(`a scene's brightness is a number from 0 up, not ${brightness}`);

    const view = viewpoint(options.seed);
    const palette = new Palette(view.gains, brightness, height);
    this.layout = layout(width, height, view);
    const { clock, pendulum, margin, timeCode } = this.layout;
    this.dial = { x: clock.x, y: clock.y, squeeze: 1 - 0.07 * Math.abs(view.x), shear: 0.05 * view.x };
    this.shade = { ...this.dial, x: clock.x + 0.03 * clock.radius, y: clock.y + 0.045 * clock.radius };
    // The bob hangs off the wall: its shadow falls to the right and below, and moves less with the viewpoint.
    this.pendulumShade = {
      x: pendulum.x + 0.9 * margin + 0.025 * view.x * width,
      y: pendulum.y + 0.7 * margin,
    };
    this.parts = this.movingParts();
    this.inks = makeInks(palette);
    this.digits = new Stamps('0123456789:.', timeCode.style);
    this.canvas = new Canvas(width, height);
    this.drawBackground(palette, view, options);
    this.background = this.canvas.data;
  }

  /** Where the pixel clock lies, in pixels. */
  get panel(): PixelRect {
    const { x, y, unit } = this.layout.panel;
    return { x, y, ...panelSize(unit) };
  }

  /**
   * The scene as seen during an exposure, the pixel clock on top. The picture is a fresh one: it stays as it is for as
   * long as anybody holds it.
   * @throws RangeError where the exposure ends before it starts.
   */
  render(exposure: Exposure): Picture {
    if (!(exposure.endUs >= exposure.startUs))
      throw new RangeError(`the exposure ends (${exposure.endUs}) before it starts (${exposure.startUs})`);
    const { width, height } = this.canvas;
    // Memory that nobody clears first: all of it is written.
    const data = new Uint8Array(Buffer.allocUnsafeSlow(this.background.length).buffer);
    data.set(this.background);
    this.canvas.data = data;
    if (exposure.rowUs) {
      for (const { top, bottom, draw } of this.parts) this.roll(top, bottom, exposure, draw);
    } else for (const { draw } of this.parts) draw(exposure);
    drawPixelClock({ data, width, height, stride: width }, this.layout.panel, exposure);
    return { width, height, data };
  }

  /** Draws a part of the scene as a rolling shutter sees it, band by band. */
  private roll(top: number, bottom: number, exposure: Exposure, draw: (exposure: Exposure) => void): void {
    const canvas = this.canvas;
    const end = Math.min(canvas.height, Math.ceil(bottom));
    const rows = bandRows(exposure.rowUs ?? 0);
    for (let row = rows * Math.floor(Math.max(0, top) / rows); row < end; row += rows) {
      canvas.confine(row, row + rows);
      draw(exposureOfRow(exposure, row + (rows - 1) / 2));
    }
    canvas.confine(0, canvas.height);
  }

  /** What moves, back to front, and the rows that it may be on. */
  private movingParts(): readonly Part[] {
    const { clock, pendulum, timeCode, lamps } = this.layout;
    const [dialTop, dialBottom] = [Math.min(clock.y, this.shade.y), Math.max(clock.y, this.shade.y)];
    const shade = this.pendulumShade;
    const hangs = Math.max(pendulum.y, shade.y) + pendulum.length;
    return [
      { top: dialTop - clock.radius, bottom: dialBottom + clock.radius, draw: (exposure) => this.drawClock(exposure) },
      {
        top: Math.min(pendulum.y, shade.y) - pendulum.bob,
        bottom: hangs + 1.6 * pendulum.bob,
        draw: (exposure) => this.drawPendulum(exposure),
      },
      {
        top: timeCode.y - 2,
        bottom: timeCode.y + 2 * timeCode.style.size,
        draw: (exposure) => this.drawTimeCode(exposure),
      },
      {
        top: lamps.y - 3 * lamps.radius - 1,
        bottom: lamps.y + 3 * lamps.radius + 1,
        draw: (exposure) => this.drawLamps(exposure),
      },
    ];
  }

  private drawClock(exposure: Exposure): void {
    const { radius } = this.layout.clock;
    const inks = this.inks;
    const slow = turn(exposure, SLOW_TURN_US);
    const fast = turn(exposure, FAST_TURN_US);
    const slowForm = { tail: 0.12 * radius, tip: 0.56 * radius, width: 0.085 * radius, tipWidth: 0.055 * radius };
    const fastForm = { tail: 0.2 * radius, tip: 0.88 * radius, width: 0.05 * radius, tipWidth: 0.024 * radius };
    this.canvas.paint(new Hand(this.shade, slowForm, ...slow), inks.handShade);
    this.canvas.paint(new Hand(this.dial, slowForm, ...slow), inks.charcoal);
    this.canvas.paint(new Hand(this.shade, fastForm, ...fast), inks.handShade);
    this.canvas.paint(new Hand(this.dial, fastForm, ...fast), inks.red);
    this.canvas.paint(new Ring(this.dial, 0.065 * radius), inks.red);
    this.canvas.paint(new Ring(this.dial, 0.025 * radius), inks.dial);
  }

  private drawPendulum(exposure: Exposure): void {
    const { x, y, length, bob, swing } = this.layout.pendulum;
    const shade = this.pendulumShade;
    const canvas = this.canvas;
    const inks = this.inks;
    const angle = (us: number) => swing * Math.sin((2 * Math.PI * (us % SWING_US)) / SWING_US);
    // A long exposure may hold several swings: the rod's turn is cut where the path of the bob is.
    const exposureUs = exposure.endUs - exposure.startUs;
    const count = pieces((2 * Math.PI * exposureUs) / SWING_US);
    const angles = Array.from({ length: count + 1 }, (_, i) => angle(exposure.startUs + (exposureUs * i) / count));
    const path = Float64Array.from(angles.flatMap((a) => [x + length * Math.sin(a), y + length * Math.cos(a)]));
    const rod = { tail: 0, tip: length, width: 0.09 * bob, tipWidth: 0.09 * bob };

    const middle = angle(exposure.startUs + exposureUs / 2);
    const [mx, my] = [length * Math.sin(middle), length * Math.cos(middle)];
    canvas.paint(new Glow(shade.x + mx, shade.y + my, 1.55 * bob, 1.55 * bob), inks.bobShade);
    this.drawRod(facing(shade.x, shade.y), { ...rod, width: 0.3 * bob, tipWidth: 0.3 * bob }, angles, inks.rodShade);
    this.drawRod(facing(x, y), rod, angles, inks.charcoal);
    canvas.paint(new Ring(facing(x, y), 0.16 * bob), inks.charcoal);
    canvas.paint(new MovingDisc(path, bob), inks.brassEdge);
    // Shading goes with the middle of the motion, and fades where the bob itself is a smear.
    const smear = Math.hypot(
      (path[0] as number) - (path.at(-2) as number),
      (path[1] as number) - (path.at(-1) as number),
    );
    if (count > 1 || smear > bob / 2) return;
    const inner = bob - smear / 2;
    canvas.paint(new Glow(x + mx - 0.1 * bob, y + my - 0.12 * bob, 0.84 * inner, 0.84 * inner), inks.brass);
    canvas.paint(new Glow(x + mx - 0.32 * bob, y + my - 0.36 * bob, 0.42 * inner, 0.42 * inner), inks.brassLight);
  }

  private drawRod(plane: Plane, form: HandForm, angles: readonly number[], ink: Ink): void {
    // Angles are counted clockwise from above: a rod that hangs points at half a turn, and swings to the right as that
    // shrinks.
    const count = angles.length - 1;
    for (let i = 0; i < count; i++)
      this.canvas.paint(
        new Hand(plane, form, Math.PI - (angles[i] as number), Math.PI - (angles[i + 1] as number)),
        count === 1 ? ink : { ...ink, alpha: ink.alpha / count },
      );
  }

  private drawTimeCode(exposure: Exposure): void {
    const text = timeCode(exposure.startUs + (exposure.endUs - exposure.startUs) / 2);
    let x = Math.round((this.canvas.width - this.digits.width(text)) / 2);
    for (const character of text) {
      const stamp = this.digits.of(character);
      this.canvas.paint(new Stamped(stamp, x, this.layout.timeCode.y - 1), this.inks.digits);
      x += stamp.width;
    }
  }

  private drawLamps(exposure: Exposure): void {
    const { x, y, step, radius } = this.layout.lamps;
    const { lamp, lampGlow } = this.inks;
    for (let i = 0; i < LAMPS; i++) {
      const share = lit(i, exposure);
      if (share === 0) continue;
      // The picture's levels are gamma-coded: light in proportion to `share` stands at this level.
      const level = share ** (1 / 2.2);
      const dimmed = (ink: Ink): Ink => ({ ...ink, alpha: Math.round(ink.alpha * level) });
      this.canvas.paint(new Glow(x + i * step, y, 3 * radius, 3 * radius), dimmed(lampGlow));
      this.canvas.paint(new Ring(facing(x + i * step, y), radius), dimmed(lamp));
    }
  }

  private drawBackground(palette: Palette, view: Viewpoint, options: SceneOptions): void {
    const canvas = this.canvas;
    const { width, height } = canvas;
    const { margin, consoleTop, plate, lamps, pendulum } = this.layout;
    paintWall(canvas, palette, consoleTop, view);

    this.writeName(palette, view, options);
    this.drawDial(palette);
    const { x, y } = this.pendulumShade;
    canvas.paint(new Glow(x, y, 0.8 * pendulum.bob, 0.8 * pendulum.bob), palette.ink(SHADOW, 0.3));
    canvas.paint(new Ring(facing(pendulum.x, pendulum.y), 0.32 * pendulum.bob), palette.ink(TICK));

    canvas.paint(new RoundedRect(0, consoleTop, width, height - consoleTop), palette.ink(CONSOLE));
    const line = 2 * Math.max(1, Math.round(0.05 * margin));
    canvas.paint(new RoundedRect(0, consoleTop, width, line), palette.ink(view.accent));
    const off = palette.ink(LAMP_OFF);
    for (let i = 0; i < LAMPS; i++)
      canvas.paint(new Ring(facing(lamps.x + i * lamps.step, lamps.y), lamps.radius), off);
    canvas.paint(new RoundedRect(plate.x, plate.y, plate.width, plate.height, plate.radius), neutral(235));
  }

  private writeName(palette: Palette, view: Viewpoint, options: SceneOptions): void {
    const { x, y, style, maxWidth } = this.layout.name;
    const ink = palette.ink(CHARCOAL);
    const dot = 0.3 * style.size;
    const indent = 2.8 * dot;
    const name = fitted(options.name, style, maxWidth - indent);
    this.canvas.paint(new Ring(facing(x + dot, y + style.size / 2), dot), palette.ink(view.accent));
    write(this.canvas, options.name, x + indent, y + (style.size - name.size) / 2, name, ink);
    const detail = fitted(options.detail, { size: 0.6 * style.size, weight: 0.12 }, maxWidth);
    write(this.canvas, options.detail, x, y + 1.55 * style.size, detail, palette.ink(CHARCOAL, 0.75));
  }

  private drawDial(palette: Palette): void {
    const canvas = this.canvas;
    const dial = this.dial;
    const { radius } = this.layout.clock;
    const soft = 1.22 * radius;
    canvas.paint(new Glow(dial.x + 0.1 * radius, dial.y + 0.14 * radius, soft, soft), palette.ink(SHADOW, 0.75));
    canvas.paint(new Ring(dial, radius), palette.ink(CHARCOAL));
    canvas.paint(new Ring(dial, 0.945 * radius), palette.ink(DIAL));
    // Ticks for every 20 ms of the fast hand, longer ones for the tenths.
    const [tick, mark] = [palette.ink(TICK), palette.ink(CHARCOAL)];
    for (let i = 0; i < 50; i++) {
      const tenth = i % 5 === 0;
      const [u, v] = [Math.sin((i * Math.PI) / 25), -Math.cos((i * Math.PI) / 25)];
      const [inner, outer] = [(tenth ? 0.8 : 0.855) * radius, 0.9 * radius];
      const ends = [...project(dial, u * inner, v * inner), ...project(dial, u * outer, v * outer)];
      canvas.paint(new Strokes(ends, (tenth ? 0.024 : 0.011) * radius), tenth ? mark : tick);
    }
    const style = { size: 0.135 * radius, weight: 0.13 };
    for (let i = 0; i < 10; i++) {
      const [u, v] = [Math.sin((i * Math.PI) / 5), -Math.cos((i * Math.PI) / 5)];
      const [x, y] = project(dial, u * 0.67 * radius, v * 0.67 * radius);
      write(canvas, String(i), x - lineWidth(String(i), style) / 2, y - style.size / 2, style, mark);
    }
  }
}

/** The style, made smaller where a line of text would be longer than `width`. */
const fitted = (text: string, style: Style, width: number): Style => ({
  ...style,
  size: style.size * Math.min(1, width / lineWidth(text, style)),
});

/** Something that moves, on rows from `top` to `bottom`. */
interface Part {
  readonly top: number;
  readonly bottom: number;
  draw(exposure: Exposure): void;
}

interface Inks {
  readonly charcoal: Ink;
  readonly red: Ink;
  readonly dial: Ink;
  readonly handShade: Ink;
  readonly bobShade: Ink;
  readonly rodShade: Ink;
  readonly brassEdge: Ink;
  readonly brass: Ink;
  readonly brassLight: Ink;
  readonly digits: Ink;
  readonly lamp: Ink;
  readonly lampGlow: Ink;
}

const makeInks = (palette: Palette): Inks => ({
  charcoal: palette.ink(CHARCOAL),
  red: palette.ink(RED),
  dial: palette.ink(DIAL),
  handShade: palette.ink(SHADOW, 0.16),
  bobShade: palette.ink(SHADOW, 0.5),
  rodShade: palette.ink(SHADOW, 0.12),
  brassEdge: palette.ink(BRASS_EDGE),
  brass: palette.ink(BRASS),
  brassLight: palette.ink(BRASS_LIGHT, 0.85),
  digits: palette.ink(DIGITS),
  lamp: palette.ink(LAMP_ON),
  lampGlow: palette.ink(LAMP_ON, 0.35),
});

/**
 * How many rows are drawn as one exposure, `rowUs` apart: an even number, since chroma has half as many rows as luma.
 */
export const bandRows = (rowUs: number): number => 2 * Math.max(1, Math.floor(BAND_US / Math.abs(rowUs) / 2));

/**
 * The time that the scene shows for a moment: HH:MM:SS.mmm of CLOCK_MONOTONIC, the last millisecond begun; 99 hours
 * wrap to 0.
 */
export function timeCode(us: number): string {
  const ms = Math.floor(us / 1000);
  const digits = (value: number, count: number) => String(Math.floor(value)).padStart(count, '0');
  const hours = digits((ms / 3_600_000) % 100, 2);
  return `${hours}:${digits((ms / 60_000) % 60, 2)}:${digits((ms / 1000) % 60, 2)}.${digits(ms % 1000, 3)}`;
}

/** The angles of a hand, in radians, at both ends of an exposure. */
function turn(exposure: Exposure, turnUs: number): readonly [from: number, to: number] {
  const from = (2 * Math.PI * (exposure.startUs % turnUs)) / turnUs;
  return [from, from + (2 * Math.PI * (exposure.endUs - exposure.startUs)) / turnUs];
}

/** The part of an exposure for which lamp `index` is lit. */
function lit(index: number, { startUs, endUs }: Exposure): number {
  const slotUs = LAMPS_US / LAMPS;
  const litUntil = (us: number) =>
    Math.floor(us / LAMPS_US) * slotUs + Math.max(0, Math.min(slotUs, (us % LAMPS_US) - index * slotUs));
  if (endUs > startUs) return (litUntil(endUs) - litUntil(startUs)) / (endUs - startUs);
  return Math.floor((startUs % LAMPS_US) / slotUs) === index ? 1 : 0;
}

/** The wall: a pool of light in the upper left that fades towards the edges. */
function paintWall(canvas: Canvas, palette: Palette, bottom: number, view: Viewpoint): void {
  const { width, height, data } = canvas;
  const ramp = palette.ramp(WALL_LIT, WALL_DIM, 1024);
  const [cx, cy] = [(0.4 - 0.01 * view.x) * width, 0.3 * bottom];
  const [rx, ry] = [0.85 * width, 1.25 * bottom];
  const at = (x: number, y: number): Ink => {
    const [u, v] = [(x - cx) / rx, (y - cy) / ry];
    const t = Math.min(1, u * u + v * v);
    return ramp[Math.round(t * (2 - t) * 1023)] as Ink;
  };
  for (let y = 0; y < bottom; y++) for (let x = 0; x < width; x++) data[y * width + x] = at(x + 0.5, y + 0.5).y;
  const plane = (width * height) / 4;
  for (let y = 0; y < bottom; y += 2)
    for (let x = 0; x < width; x += 2) {
      const { u, v } = at(x + 1, y + 1);
      const k = width * height + ((y * width) >> 2) + (x >> 1);
      data[k] = u;
      data[k + plane] = v;
    }
}
