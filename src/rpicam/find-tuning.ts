import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { UsageError } from '../errors.ts';

/** Where libcamera installs its tuning files: from Raspberry Pi OS, and built by hand. */
const FOLDERS = ['/usr/share/libcamera/ipa', '/usr/local/share/libcamera/ipa'];
/**
 * Whether a board has the PiSP image processor; all others have the VideoCore 4's.
 * @param board as the device tree names it.
 */
export const hasPisp = (board: string): boolean => /Raspberry Pi (5|500|Compute Module 5)/.test(board);

export interface FindTuningOptions {
  /**
   * For `LIBCAMERA_RPI_TUNING_FILE`, and `LIBCAMERA_IPA_CONFIG_PATH`, a list of folders that are looked in first.
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The board, as the device tree names it. Default: this machine's. */
  readonly board?: string;
  /** A sensor without colour filter has a file of its own. */
  readonly mono?: boolean;
  /** Default: the two folders of libcamera. */
  readonly folders?: readonly string[];
}

/** What names a tuning file of one's own, for whatever sensor; libcamera reads that one. */
const OWN_FILE = 'LIBCAMERA_RPI_TUNING_FILE';

/**
 * The path of a sensor's tuning file: the user's own, where `LIBCAMERA_RPI_TUNING_FILE` names one, else the installed
 * one. Throws a UsageError that says where it looked.
 * @param model The sensor's name: `imx219`.
 */
export function findTuningFile(model: string, options: FindTuningOptions = {}): string {
  const { env = process.env, board = boardModel(), mono = false, folders = FOLDERS } = options;
  const own = env[OWN_FILE];
  if (own !== undefined && own !== '') {
    if (existsSync(own)) return own;
    throw new UsageError(`${OWN_FILE}: ${own}: no such file`);
  }
  const name = join('rpi', hasPisp(board) ? 'pisp' : 'vc4', `${model}${mono ? '_mono' : ''}.json`);
  const first = (env.LIBCAMERA_IPA_CONFIG_PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const paths = [...first, ...folders].map((folder) => join(folder, name));
  const found = paths.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new UsageError(
    `no tuning file for ${model} (looked for ${paths.join(', ')}); give the folder that holds rpi/ in LIBCAMERA_IPA_CONFIG_PATH`,
  );
}

/** What the device tree calls this board: `Raspberry Pi 5 Model B Rev 1.0`; empty where there is none. */
export function boardModel(): string {
  try {
    return readFileSync('/proc/device-tree/model', 'utf8').replaceAll('\0', '').trim();
  } catch {
    return '';
  }
}
