/** Frames of a controller's run come this far apart by default, in us. */
const DEFAULT_US = 1e6 / 30;
/** They may come sooner by this share. */
const MARGIN = 0.1;

/**
 * From one frame on which libcamera's algorithms run to the next it takes this long at the least, in us: frames that
 * come sooner are left out.
 * @param config text of the file that `LIBCAMERA_RPI_CONFIG_FILE` names, where there is one: libcamera 0.7.1 and later
 *   read `controller_min_frame_duration_us` in it.
 */
export function skipBelowUs(config?: string): number {
  const [, given] = /^\s*"?controller_min_frame_duration_us"?\s*:\s*(\d+(?:\.\d+)?)/m.exec(config ?? '') ?? [];
  return (given === undefined ? DEFAULT_US : Number(given)) * (1 - MARGIN);
}
