import { OptionError } from '../../errors.ts';
import type { ListedCamera } from '../../rpicam/list-cameras.ts';
import { type FrameRate, formatFrameRate, framesPerSecond } from '../../time/frame-rate.ts';

/** Rates are listed to so many digits behind the point: a mode may be this much faster than it is said to be. */
const ROUNDED_FPS = 0.005;

/**
 * Refuses a rate that no mode of a camera has: the program would record at another one. Nothing is refused where no
 * mode is listed.
 * @throws OptionError that names the fastest mode.
 */
export function checkRate(camera: ListedCamera, frameRate: FrameRate): void {
  const [fastest] = [...camera.modes].sort((a, b) => b.fps - a.fps);
  if (fastest === undefined || framesPerSecond(frameRate) <= fastest.fps + ROUNDED_FPS) return;
  throw new OptionError(
    'frameRate',
    formatFrameRate(frameRate),
    `camera ${camera.index} (${camera.model}) has no mode that is so fast; it runs at most at ` +
      `${Math.floor(fastest.fps * 10) / 10} fps, in ${fastest.width}x${fastest.height}`,
  );
}
