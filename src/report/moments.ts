import type { FileTimes } from '../verify/file-times.ts';
import type { Series } from './series.ts';

/** A slot of which every camera's picture is shown. */
export interface Moment {
  /** `start`, `middle`, `end`, `worst`; more than one where they fall on one slot. */
  readonly names: readonly string[];
  readonly slot: number;
}

/** The file and the slot where a file is furthest from the reference. */
export interface Worst {
  readonly file: number;
  readonly slot: number;
  readonly us: number;
}

/** @param offsetsUs by file and slot, from slot `first` on. Undefined where nothing could be compared. */
export function worstOf(offsetsUs: readonly Series[], first: number): Worst | undefined {
  let worst: Worst | undefined;
  for (const [file, offsets] of offsetsUs.entries()) {
    for (const [i, us] of offsets.entries()) {
      if (us !== undefined && Math.abs(us) > Math.abs(worst?.us ?? 0)) worst = { file, slot: first + i, us };
    }
  }
  return worst;
}

/** The start, the middle and the end of what all files have, and the worst slot. */
export function momentsOf(files: readonly FileTimes[], worst: Worst | undefined): Moment[] {
  const first = Math.max(...files.map(({ firstSlot }) => firstSlot));
  const last = Math.max(first, Math.min(...files.map(({ firstSlot, timesUs }) => firstSlot + timesUs.length - 1)));
  const wanted: [string, number][] = [
    ['Start', first],
    ['Middle', (first + last) >> 1],
    ['End', last],
    ...(worst === undefined ? [] : [['Worst frame', worst.slot] as [string, number]]),
  ];
  const slots = [...new Set(wanted.map(([, slot]) => slot))];
  return slots.map((slot) => ({ slot, names: wanted.filter((each) => each[1] === slot).map(([name]) => name) }));
}
