import { UsageError } from '../errors.ts';
import type { ExportCamera, ExportTake } from './take.ts';

/** A camera with the one file that has all its frames. */
export interface WholeCamera {
  readonly camera: ExportCamera;
  readonly file: string;
}

/**
 * The cameras, each with its one file, for programs that take frame N of every file for one moment.
 * @param format who asks.
 * @throws UsageError that names a camera whose frames are not all in one file.
 */
export function wholeCameras({ cameras, frames }: ExportTake, format: string): WholeCamera[] {
  return cameras.map((camera) => {
    const [part, ...further] = camera.parts;
    const why =
      part === undefined
        ? 'recorded nothing'
        : further.length > 0
          ? `has its frames in ${camera.parts.length} files, since it was started again`
          : part.firstIndex > 0 || part.states.length !== frames
            ? `has frames ${part.firstIndex} to ${part.firstIndex + part.states.length - 1} of 0 to ${frames - 1}`
            : undefined;
    if (part !== undefined && why === undefined) return { camera, file: part.file };
    throw new UsageError(
      `${camera.name}: ${why}; ${format} wants files with as many frames in each: export for mcap, nwb, otio or csv, ` +
        'or record it again',
    );
  });
}
