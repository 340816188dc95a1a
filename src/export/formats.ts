import { OptionError } from '../errors.ts';
import type { ExportFormat } from './format.ts';
import { ANIPOSE } from './formats/anipose.ts';
import { CALISCOPE } from './formats/caliscope.ts';
import { CSV } from './formats/csv.ts';
import { DEEPLABCUT } from './formats/deeplabcut.ts';
import { FREEMOCAP } from './formats/freemocap.ts';
import { MCAP } from './formats/mcap.ts';
import { NWB } from './formats/nwb.ts';
import { OTIO } from './formats/otio.ts';
import { POSE2SIM } from './formats/pose2sim.ts';

/** All formats, in the order in which they are listed. */
export const EXPORT_FORMATS: readonly ExportFormat[] = [
  ...[CALISCOPE, FREEMOCAP, ANIPOSE, DEEPLABCUT, POSE2SIM],
  ...[MCAP, NWB, OTIO, CSV],
];

/** @throws OptionError that names all formats where there is none of this name. */
export function formatNamed(name: unknown): ExportFormat {
  const format = EXPORT_FORMATS.find((each) => each.name === name);
  if (format !== undefined) return format;
  throw new OptionError('for', name, `give one of ${EXPORT_FORMATS.map((each) => each.name).join(', ')}`);
}
