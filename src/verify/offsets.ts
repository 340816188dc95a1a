import { basename, extname } from 'node:path';
import type { FileTimes } from './file-times.ts';
import { captured } from './repeats.ts';
import { SCREEN_SIGMA_US } from './screen.ts';

/** How far frame by frame each file is from the reference. */
export interface FrameOffsets {
  /** Index of the first frame that any file has: frame i of the lists below has `firstIndex + i`. */
  readonly firstIndex: number;
  /** In the order of the report's cameras, the reference among them; all lists are of one length. */
  readonly files: readonly FileOffsets[];
}

/** The offsets of one file. */
export interface FileOffsets {
  /** The file, as the report names it. */
  readonly file: string;
  /**
   * File minus reference, in us, frame by frame: 0 of the reference itself. Null where either repeats the frame before,
   * can't be read, or has no such frame.
   */
  readonly offsetUs: readonly (number | null)[];
  /**
   * Standard error of that offset, in us; 0 of the reference itself. Null where there is no offset, and where it is not
   * from the pixels. What both files' times may be off by as a whole (`unknownUs` of the report) is not in it.
   */
  readonly sigmaUs: readonly (number | null)[];
}

/**
 * Offsets of a file against the reference, in us, from the file's first slot on; undefined where not both captured a
 * frame.
 */
export function offsetsOf(reference: FileTimes, file: FileTimes): (number | undefined)[] {
  const referenceTimes = captured(reference);
  const shift = file.firstSlot - reference.firstSlot;
  return captured(file).map((us, i) => {
    const other = referenceTimes[i + shift];
    return us === undefined || other === undefined ? undefined : us - other;
  });
}

/** @param referenceFile The file that the others are held against. Default: the first. */
export function frameOffsets(files: readonly FileTimes[], referenceFile?: string): FrameOffsets {
  const reference = files.find(({ file }) => file === referenceFile) ?? files[0];
  if (reference === undefined) throw new RangeError('no file to compare');
  const first = Math.min(...files.map(({ firstSlot }) => firstSlot));
  const end = Math.max(...files.map(({ firstSlot, timesUs }) => firstSlot + timesUs.length));
  return { firstIndex: first, files: files.map((file) => offsetsOfFile(reference, file, first, end)) };
}

function offsetsOfFile(reference: FileTimes, file: FileTimes, first: number, end: number): FileOffsets {
  const itself = file === reference;
  const offsetUs = new Array<number | null>(end - first).fill(null);
  const sigmaUs = new Array<number | null>(end - first).fill(null);
  for (const [i, us] of offsetsOf(reference, file).entries()) {
    if (us === undefined) continue;
    const slot = file.firstSlot + i;
    const own = sigmaOf(file, slot);
    const other = sigmaOf(reference, slot);
    offsetUs[slot - first] = hundredths(us);
    if (own !== undefined && other !== undefined)
      sigmaUs[slot - first] = itself ? 0 : hundredths(Math.hypot(own, other));
  }
  return { file: file.file, offsetUs, sigmaUs };
}

function sigmaOf({ sigmasUs, firstSlot, screen }: FileTimes, slot: number): number | undefined {
  const us = sigmasUs?.[slot - firstSlot];
  return us !== undefined && screen ? Math.hypot(us, SCREEN_SIGMA_US) : us;
}

/** As figures are told: to a hundredth. */
export const hundredths = (us: number): number => Math.round(us * 100) / 100;

/**
 * Offsets as CSV: `index`, then of each file `NAME_offset_us` and `NAME_sigma_us`, a row a frame. NAME is the file's
 * without its ending and folder (in a take that is the camera's), or all of it where two would be called the same.
 */
export function offsetsCsv({ firstIndex, files }: FrameOffsets): string {
  const stems = files.map(({ file }) => basename(file, extname(file)));
  const names = new Set(stems).size === stems.length ? stems : files.map(({ file }) => file);
  const header = ['index', ...names.flatMap((name) => [`${name}_offset_us`, `${name}_sigma_us`].map(quoted))];
  const frames = files[0]?.offsetUs.length ?? 0;
  const lines = [header.join(',')];
  for (let i = 0; i < frames; i++) {
    const values = files.flatMap(({ offsetUs, sigmaUs }) => [offsetUs[i] ?? '', sigmaUs[i] ?? '']);
    lines.push([firstIndex + i, ...values].join(','));
  }
  return `${lines.join('\n')}\n`;
}

/** A field that holds a comma, a quote or a line's end stands in quotes (RFC 4180). */
const quoted = (field: string): string => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);
