import { duration, size } from '../../amounts.ts';
import { OptionError } from '../../errors.ts';
import { framesPerSecond } from '../../time/frame-rate.ts';
import {
  DiskWatch,
  type DiskWatchOptions,
  expectedBytesPerS,
  freeBytes,
  reserveBytes,
  secondsLeft,
} from '../files/disk-watch.ts';
import type { TakeOptions } from '../plan/options.ts';

const expected = ({ specs, width, height, frameRate }: TakeOptions): number =>
  expectedBytesPerS(specs.length, width, height, framesPerSecond(frameRate));

/**
 * Looks at the disk before anything is recorded.
 * @returns one line on how long it will last, by an estimate of what cameras of this size write.
 * @throws UsageError where there is hardly any room.
 */
export async function checkRoom(options: TakeOptions): Promise<string> {
  const { folder, frames, frameRate } = options;
  const free = (await freeBytes(folder)) ?? Number.POSITIVE_INFINITY;
  const rate = expected(options);
  const seconds = secondsLeft(free, rate);
  if (seconds <= 0) {
    throw new OptionError(
      'output',
      folder,
      `${size(free)} are free there; a take needs more than ${size(reserveBytes(rate))}: give a folder on another disk`,
    );
  }
  const lasts = `disk: ${size(free)} free, enough for about ${duration(seconds)} at an estimated ${(rate / 1e6).toFixed(1)} MB/s`;
  const wantedS = frames === undefined ? 0 : frames / framesPerSecond(frameRate);
  if (seconds >= wantedS) return lasts;
  return `warning: ${lasts}, less than the ${duration(wantedS)} asked for: the cameras are stopped together before it is full`;
}

/** Watches the disk while a take is recorded on it. */
export function watchDisk(
  options: TakeOptions,
  watch: Pick<DiskWatchOptions, 'files' | 'onState' | 'onLow' | 'onGone'>,
): DiskWatch {
  return new DiskWatch({
    ...watch,
    folder: options.folder,
    // What stock cameras record is made into a file of the same size.
    again: (file) => file.endsWith('.h264'),
    expectedBytesPerS: expected(options),
  });
}
