import type { Line } from '../run/camera/notices.ts';

/** Says on stderr what a camera that has no status line has to say, as far as `--verbose` asks for it. */
export const lineSayer =
  (name: string, verbose: number) =>
  ({ level, text }: Line): void => {
    if (verbose === 0 || (level === 'info' && verbose < 2)) return;
    process.stderr.write(`${name}: ${level === 'warning' ? 'warning: ' : ''}${text}\n`);
  };
