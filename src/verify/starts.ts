import type { FileTimes } from './file-times.ts';

/** A first frame this close to 0, in us, is at 0: containers round times to a ms. */
const AT_ZERO_US = 1000;

/** Files whose first frame is not at time 0, which players that go by times show at another moment than others. */
export function lateStarts(files: readonly FileTimes[]): string[] {
  return files.flatMap(({ file, startUs = 0 }) =>
    Math.abs(startUs) > AT_ZERO_US
      ? [
          `${file}: its own time begins at ${(startUs / 1e6).toFixed(6)} s with frame 0: frames are compared by their number`,
        ]
      : [],
  );
}
