import type { CameraSnapshot } from '../run/camera/snapshot.ts';
import { type Paint, plain, type Style } from './colours.ts';
import { microseconds, table } from './table.ts';

/** A column of the table of cameras at work. */
interface Column {
  readonly name: string;
  readonly cell: (camera: CameraSnapshot) => string;
  /** What colours a cell, where anything does. */
  readonly style?: (camera: CameraSnapshot) => Style | undefined;
}

const COLUMNS = {
  camera: { name: 'camera', cell: ({ name }) => name },
  sync: { name: 'sync', cell: ({ sync }) => sync },
  state: { name: 'state', cell: (camera) => stateWord(camera), style: stateStyle },
  offset: { name: 'offset', cell: offsetWord },
  clock: { name: 'clock', cell: ({ hostClock }) => clockWord(hostClock) ?? '-' },
  corrections: { name: 'corrections', cell: ({ corrections }) => String(corrections ?? '-') },
  frames: { name: 'frames', cell: framesWord },
  drops: { name: 'drops', cell: dropsWord, style: ({ drops = 0 }) => (drops > 0 ? 'yellow' : undefined) },
} satisfies Readonly<Record<string, Column>>;

/** What is shown where there is room for it: the last one fits anywhere. */
const CHOICES: readonly (readonly Column[])[] = [
  Object.values(COLUMNS),
  [COLUMNS.camera, COLUMNS.state, COLUMNS.offset, COLUMNS.clock, COLUMNS.frames, COLUMNS.drops],
  [COLUMNS.camera, COLUMNS.sync, COLUMNS.state, COLUMNS.offset, COLUMNS.frames, COLUMNS.drops],
  [COLUMNS.camera, COLUMNS.state, COLUMNS.offset, COLUMNS.frames, COLUMNS.drops],
  [COLUMNS.camera, COLUMNS.state, COLUMNS.frames, COLUMNS.drops],
  [COLUMNS.camera, COLUMNS.state, COLUMNS.frames],
];

/** A take's cameras at work, a line each, with as many columns as there is room for. */
export function cameraTable(cameras: readonly CameraSnapshot[], columns: number, paint: Paint = plain): string {
  const several = cameras.some(({ hostClock }) => hostClock !== undefined);
  const choices = CHOICES.map((choice) => (several ? choice : choice.filter((column) => column !== COLUMNS.clock)));
  const tables = choices.map((choice) => ({ choice, text: tableOf(cameras, choice, plain) }));
  const fits = (text: string): boolean => text.split('\n').every((line) => line.length <= columns);
  const { choice, text } = tables.find((each) => fits(each.text)) ?? (tables.at(-1) as (typeof tables)[number]);
  if (fits(text)) return tableOf(cameras, choice, paint);
  return text
    .split('\n')
    .map((line) => line.slice(0, columns))
    .join('\n');
}

function tableOf(cameras: readonly CameraSnapshot[], choice: readonly Column[], paint: Paint): string {
  const rows = [choice.map(({ name }) => name), ...cameras.map((camera) => choice.map(({ cell }) => cell(camera)))];
  const words = choice.includes(COLUMNS.sync) ? 3 : 2;
  return table(rows, words, (text, row, column) => {
    const camera = cameras[row - 1];
    const style = camera === undefined ? 'dim' : choice[column]?.style?.(camera);
    return style === undefined ? text : paint(style, text);
  });
}

/** What a camera does, in one word: whoever records says so, and what else there is to know of it. */
export function stateWord({ state, recording, paused }: CameraSnapshot): string {
  if (!recording || state === 'done' || state === 'recording') return paused ? 'paused' : state;
  return state === 'locked' || state === 'matched' ? 'recording' : `recording, ${state}`;
}

function stateStyle({ state, recording }: CameraSnapshot): Style | undefined {
  if (state === 'locked' || state === 'matched' || state === 'recording' || state === 'done') return 'green';
  if (state === 'lost') return 'red';
  return recording || state === 'holdover' ? 'yellow' : undefined;
}

/** `+-45 us`: how far the clock of its host may be from what is taken for it, against that of the server's host. */
export const clockWord = (clock: CameraSnapshot['hostClock']): string | undefined =>
  clock && `+-${microseconds(clock.boundUs)}`;

function offsetWord({ sync, state, offsetUs, boundUs }: CameraSnapshot): string {
  if (sync === 'server') return 'reference';
  // Without the server the offset is a guess; how far it may be off is not.
  const silent = state === 'holdover' || state === 'lost';
  return silent ? `within ${microseconds(boundUs)}` : microseconds(offsetUs, true);
}

function framesWord({ recording, index, frames, wanted }: CameraSnapshot): string {
  if (!recording && index !== undefined && index < 0) return `in ${-index}`;
  return wanted === undefined ? String(frames) : `${frames}/${wanted}`;
}

/** `3`; `15, 12 overload` where the encoder had no time for some. */
function dropsWord({ drops, overload = 0 }: CameraSnapshot): string {
  return overload > 0 ? `${drops}, ${overload} overload` : String(drops ?? '-');
}
