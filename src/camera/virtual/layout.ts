import { textWidth } from '../../drawing/font.ts';
import type { Style } from '../../drawing/lettering.ts';
import { type Placement, panelSize } from '../../pixel-clock/layout.ts';
import type { Viewpoint } from './viewpoint.ts';

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Where things stand in a picture, in pixels: a wall with a clock and a pendulum above, a console with readings below.
 */
export interface Layout {
  /** Distance from the picture's edge and between groups. */
  readonly margin: number;
  readonly name: { readonly x: number; readonly y: number; readonly style: Style; readonly maxWidth: number };
  readonly clock: { readonly x: number; readonly y: number; readonly radius: number };
  readonly pendulum: {
    readonly x: number;
    readonly y: number;
    /** From the pivot to the middle of the bob. */
    readonly length: number;
    readonly bob: number;
    /** Largest angle from the vertical, radians. */
    readonly swing: number;
  };
  /** The first row of the console, which reaches to the picture's bottom. */
  readonly consoleTop: number;
  readonly timeCode: { readonly y: number; readonly style: Style };
  /** The row of lamps: the middle of the first, the distance to the next, and their radius. */
  readonly lamps: { readonly x: number; readonly y: number; readonly step: number; readonly radius: number };
  /** The sticker on which the pixel clock stands. */
  readonly plate: Rect & { readonly radius: number };
  readonly panel: Placement;
}

export const LAMPS = 20;

/** The part of the picture that the pixel clock may take. */
const PANEL_WIDTH = 0.6;
const PANEL_HEIGHT = 0.25;
/** Modules of one pixel can't be read. */
const LEAST_UNIT = 2;

/** A time code has the width of this one: digits are all equally wide. */
const TIME_CODE = '00:00:00.000';

export function layout(width: number, height: number, view: Viewpoint): Layout {
  const small = Math.min(width, height);
  const margin = 0.045 * small;

  const one = panelSize(1);
  const unit = Math.max(
    LEAST_UNIT,
    Math.floor(Math.min((PANEL_WIDTH * width) / one.width, (PANEL_HEIGHT * height) / one.height)),
  );
  const panel = panelSize(unit);
  const rim = 2 * Math.ceil(unit / 4);
  // Plate and panel begin at even pixels, so that no chroma sample straddles the plate's edge.
  const plate = {
    x: even((width - panel.width) / 2 - rim),
    y: even(height - margin - panel.height - 2 * rim),
    width: even(panel.width + 2 * rim + 1),
    height: even(panel.height + 2 * rim + 1),
    radius: 0,
  };

  const lampRadius = 0.008 * small;
  const lampsY = plate.y - 0.6 * margin - lampRadius;
  const style = {
    size: Math.min(0.085 * height, 0.1 * small, plate.width / textWidth(TIME_CODE)),
    weight: 0.13,
  };
  const timeCodeY = lampsY - lampRadius - 0.6 * margin - style.size;
  const consoleTop = even(timeCodeY - 0.7 * margin);

  // Wide pictures: name, clock and pendulum beside each other; tall ones: above each other.
  const wide = width >= consoleTop;
  const nameSize = 0.05 * Math.min(width, 1.2 * height);
  const header = wide ? 0.8 * margin : 2 * margin + 2.2 * nameSize;
  const stage = consoleTop - 0.8 * margin - header;
  const radius = view.zoom * (wide ? Math.min(0.47 * stage, 0.19 * width) : Math.min(0.3 * stage, 0.33 * width));
  const aside = -view.x * width;
  const clock = {
    x: (wide ? 0.44 : 0.5) * width + 0.02 * aside,
    y: wide ? header + stage / 2 : header + radius,
    radius,
  };
  const pivot = wide ? 1.6 * margin : header + 2 * radius + 1.6 * margin;
  const bob = 0.28 * radius;
  const length = consoleTop - 1.4 * margin - bob - pivot + 0.2 * margin * view.y;
  const room = (wide ? 0.21 : 0.42) * width - bob - margin;
  return {
    margin,
    name: { x: margin, y: margin, style: { size: nameSize, weight: 0.15 }, maxWidth: (wide ? 0.23 : 0.9) * width },
    clock,
    pendulum: {
      x: (wide ? 0.77 : 0.5) * width + 0.045 * aside,
      y: pivot,
      length,
      bob,
      swing: Math.min(0.5, Math.asin(Math.min(1, room / length))),
    },
    consoleTop,
    timeCode: { y: Math.round(timeCodeY), style },
    lamps: {
      x: plate.x + lampRadius + rim,
      y: lampsY,
      step: (plate.width - 2 * (lampRadius + rim)) / (LAMPS - 1),
      radius: lampRadius,
    },
    plate: { ...plate, radius: rim },
    panel: { x: plate.x + rim, y: plate.y + rim, unit },
  };
}

const even = (value: number): number => 2 * Math.floor(value / 2);
