/** Frames of a controller's run come this far apart by default, in us. */
const DEFAULT_US = 1e6 / 30;
/** They may come sooner by this share. */
const MARGIN = 0.1;
const KEY = 'controller_min_frame_duration_us';

/** The first libcamera that reads it. */
export const READS_MIN_FRAME_DURATION = '0.7.1';

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

type Target = 'pisp' | 'bcm2835';

/**
 * The text of a configuration file by which libcamera's algorithms run on frames that come `us` apart, too.
 * @param config the one that would count without, of which all else stays: YAML, in braces or indented.
 * @param target the image processor that the file is for: that of a Pi 5, or of all before.
 * @returns undefined where it says so much already, or has no section for it.
 */
export function withMinFrameDuration(us: number, config: string | undefined, target: Target): string | undefined {
  const setting = `"${KEY}": ${Math.floor(us)}`;
  if (config === undefined)
    return `{\n    "version": 1.0,\n    "target": "${target}",\n    "pipeline_handler": {\n        ${setting}\n    }\n}\n`;
  if (new RegExp(`^\\s*"?${KEY}"?\\s*:`, 'm').test(config)) return undefined;
  const section = /^[ \t]*"?pipeline_handler"?[ \t]*:[ \t]*(?:\r?\n[ \t]*)?(?:\{|\r?\n(?=([ \t]+)\S))/m.exec(config);
  if (section === null) return undefined;
  const [found, indent] = section;
  const end = section.index + found.length;
  const added = indent === undefined ? `\n        ${setting},` : `${indent}${setting}\n`;
  return `${config.slice(0, end)}${added}${config.slice(end)}`;
}
