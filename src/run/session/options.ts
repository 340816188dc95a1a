import { isStock } from '../../camera/backends.ts';
import { OptionError } from '../../errors.ts';
import type { TakeValues } from '../../options/take.ts';
import { leaveRig, type TakeOptions, takeOptions } from '../plan/options.ts';

/** What the takes of a session are recorded with, and where. */
export interface SessionOptions {
  /** Of each take, but for its folder, name and note. */
  readonly options: TakeOptions;
  /** The folder that takes are made in. */
  readonly takes: string;
}

/**
 * Settles what was asked for of takes in a row: `output` is the folder that they are made in, and a take without a set
 * length goes on until it is told to end.
 * @param takes the folder that takes are made in where none is named.
 * @throws UsageError where there is no such camera or interface, OptionError where a take alone can have what was
 *   asked.
 */
export async function sessionOptions(
  values: TakeValues,
  commandLine?: readonly string[],
  takes = 'takes',
): Promise<SessionOptions> {
  const { output, seconds = 0, ...rest } = values;
  const options = await takeOptions({ ...rest, seconds }, commandLine, takes);
  if (options.rig !== undefined) {
    await leaveRig(options);
    throw new OptionError('hosts', undefined, 'takes in a row are of cameras of this host: leave it out');
  }
  const stock = options.specs.find(isStock);
  if (stock !== undefined) {
    throw new OptionError(
      'cameras',
      stock,
      "a stock camera's program ends with its take, and can't stay open: takes in a row are for other cameras",
    );
  }
  if (options.readyFrames !== undefined) {
    throw new OptionError(
      'readyFrames',
      options.readyFrames,
      'takes in a row begin when they are told to: leave it out',
    );
  }
  if (options.sounds !== undefined)
    throw new OptionError('audio', undefined, 'is for single takes: takes in a row are recorded without sound');
  return { options, takes: output ?? takes };
}
