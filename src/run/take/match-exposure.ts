import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isStock } from '../../camera/backends.ts';
import { stockNumber } from '../../camera/rpicam/spec.ts';
import { FailureError, OptionError, UsageError } from '../../errors.ts';
import { literalPattern } from '../../record/segments/name-pattern.ts';
import { type MetadataEntry, readMetadata } from '../../rpicam/metadata-reader.ts';
import { framesPerSecond } from '../../time/frame-rate.ts';
import { optionsOf, type TakeOptions } from '../plan/options.ts';
import { stockArguments } from '../stock/arguments.ts';
import type { StockCameras } from '../stock/cameras.ts';
import { programPath } from './forked-camera.ts';
import { runProgram } from './run-program.ts';
import { vidCameraArguments } from './vid-arguments.ts';

/** What is the same for all cameras of a take; what is left out is each camera's own choice. */
export interface Exposure {
  readonly exposureUs?: number | undefined;
  readonly gain?: number | undefined;
  /** Gains of red and blue. */
  readonly awbGains?: readonly [number, number] | undefined;
}

/** How long the server's camera runs alone, in s. */
const MEASURE_S = 1;
/** It has to be done by then, in ms. */
const PATIENCE_MS = 20_000;

/**
 * Runs the server's camera alone for a second, and takes its last frames' exposure, gain and colour gains; what was
 * given stays as it is.
 * @param signal Ends the measurement: then this throws, and nothing of it is left.
 * @throws UsageError where the camera doesn't tell them, FailureError where it can't be run.
 */
export async function matchExposure(
  options: TakeOptions,
  stock: StockCameras | undefined,
  note: (text: string) => void,
  signal?: AbortSignal,
): Promise<Exposure> {
  const [spec, name] = [options.specs[0] as string, options.names[0] as string];
  const file = (ending: string): string => join(options.folder, `${name}.exposure.${ending}`);
  const files = { video: file('h264'), metadata: file('json'), pts: file('pts'), log: file('log') };
  const frames = Math.ceil(MEASURE_S * framesPerSecond(options.frameRate));
  const [program, args] =
    stock !== undefined && isStock(spec)
      ? [
          stock.program,
          stockArguments({ ...optionsOf(0, options), number: stockNumber(spec) ?? 0, sync: 'off', files, frames }),
        ]
      : [process.execPath, [programPath(), ...ownArguments(options, frames, files)]];
  try {
    const { code, lastWords } = await runProgram(program, args, PATIENCE_MS, signal);
    if (signal?.aborted) throw new FailureError('stopped while the exposure was measured');
    if (code !== 0) throw new FailureError(`${name} could not be run to measure its exposure: ${lastWords}`);
    const measured = await lastExposure(files.metadata);
    if (measured === undefined) {
      throw new OptionError(
        'matchExposure',
        undefined,
        `${name} (${spec}) doesn't tell its exposure and gain; give {exposureUs} and {gain}`,
      );
    }
    const fixed: Exposure = {
      exposureUs: options.exposureUs ?? measured.exposureUs,
      gain: options.gain ?? measured.gain,
      awbGains: options.awbGains ?? measured.awbGains,
    };
    note(`exposure of all cameras fixed to that of ${name}: ${describe(fixed)}`);
    return fixed;
  } finally {
    for (const each of Object.values(files)) await rm(each, { force: true });
  }
}

const ownArguments = (options: TakeOptions, frames: number, files: { video: string; metadata: string }): string[] => [
  ...['vid', '-n', ...vidCameraArguments(0, options), '--frames', String(frames)],
  ...['-o', literalPattern(files.video), '--metadata', literalPattern(files.metadata), '--metadata-format', 'json'],
];

const describe = ({ exposureUs, gain, awbGains }: Exposure): string =>
  [
    exposureUs !== undefined && `${exposureUs.toFixed(0)} us`,
    gain !== undefined && `gain ${gain.toFixed(2)}`,
    awbGains !== undefined && `colour gains ${awbGains.map((each) => each.toFixed(2)).join(', ')}`,
  ]
    .filter(Boolean)
    .join(', ');

/** The last frame's, once the camera has settled; undefined where a frame has no exposure and gain. */
async function lastExposure(metadata: string): Promise<Exposure | undefined> {
  let last: MetadataEntry | undefined;
  try {
    for await (const entry of readMetadata(metadata)) last = entry;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
  }
  if (last?.exposureUs === undefined || last.analogueGain === undefined) return undefined;
  return { exposureUs: last.exposureUs, gain: last.analogueGain, awbGains: last.colourGains };
}
