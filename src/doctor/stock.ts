import type { ListedCamera, ListedMode } from '../rpicam/list-cameras.ts';
import { isOlder, type StockVersion } from '../rpicam/version.ts';
import { type Finding, finding } from './finding.ts';
import { NO_PI } from './machine.ts';

/** The program that runs stock cameras, as it was found. */
export interface StockProgram extends StockVersion {
  readonly path: string;
  /** Whether its help has `--sync`; undefined where it did not answer. */
  readonly sync: boolean | undefined;
}

const UPGRADE = 'sudo apt update && sudo apt full-upgrade';
/** Above this, frames come sooner than the 30 ms after which stock cameras run their sync again. */
const EVERY_FRAME_FPS = 33.3;

/** What rpicam-apps could not do before a version. */
const APPS: readonly Limit[] = [
  { before: '1.11.1', above: EVERY_FRAME_FPS, text: 'above 33.3 fps with sync it leaves frames out of the file' },
];

/** The same of libcamera. */
const LIBCAMERA: readonly Limit[] = [
  {
    before: '0.4.0+rpt20250213',
    text: 'its log does not tell of corrections in the words that are read: cameras are heard by their metadata alone',
  },
  {
    before: '0.7.1',
    above: EVERY_FRAME_FPS,
    text: 'above 33.3 fps sync runs on every second or third frame, and can not be told otherwise',
  },
  {
    before: '0.7.2',
    text: 'the delay from a correction to its frame can change by a frame within a take',
  },
];

interface Limit {
  readonly before: string;
  /** Matters above this frame rate only. */
  readonly above?: number;
  readonly text: string;
}

/** The program itself. @param raspberry Whether this is a Raspberry Pi, which should have one. */
export function programFinding(program: StockProgram | undefined, raspberry: boolean, fps: number): Finding {
  if (program === undefined) {
    if (!raspberry) return finding('rpicam-vid', 'not applicable', `${NO_PI}, and no rpicam-vid: not applicable`);
    return finding('rpicam-vid', 'fail', 'not found: the cameras of this Pi can not be recorded', {
      advice: 'sudo apt install rpicam-apps, or name it with --rpicam-vid',
    });
  }
  const { apps, name, path, sync, libav } = program;
  const value = `${apps ?? 'a version that does not say which'} (${path})`;
  if (sync === false) {
    return finding('rpicam-vid', 'fail', `${value}: has no --sync`, {
      advice: `${UPGRADE}: it is too old to synchronise`,
    });
  }
  if (libav === false) {
    return finding('rpicam-vid', 'fail', `${value}: built without libav, which encodes`, {
      advice: 'sudo apt install rpicam-apps (not -lite)',
    });
  }
  const limits = limitsOf(apps, APPS, fps);
  if (sync === undefined) {
    return finding('rpicam-vid', 'warn', `${value}: does not say whether it has --sync`, {
      ...limits,
      advice: 'rpicam-vid --help | grep -- --sync',
    });
  }
  if (name === 'libcamera-apps')
    return finding('rpicam-vid', 'warn', `${value}, from before 2024`, { ...limits, advice: UPGRADE });
  return finding('rpicam-vid', limits.advice === undefined ? 'good' : 'warn', value, limits);
}

/** The library below it. */
export function libcameraFinding(program: StockProgram, fps: number): Finding {
  const { libcamera } = program;
  if (libcamera === undefined) {
    return finding('libcamera', 'warn', 'rpicam-vid does not say which', { advice: UPGRADE });
  }
  const limits = limitsOf(libcamera, LIBCAMERA, fps);
  return finding('libcamera', limits.advice === undefined ? 'good' : 'warn', libcamera, limits);
}

/** What a version can't do, and what to do about that which matters at this frame rate. */
function limitsOf(
  version: string | undefined,
  limits: readonly Limit[],
  fps: number,
): { limits: string[]; advice?: string } {
  const own = limits.filter(({ before }) => isOlder(version, before));
  const matters = own.some(({ above }) => above !== undefined && fps > above);
  return {
    limits: own.map(({ text }) => text),
    ...(matters && { advice: `${UPGRADE}, or --framerate 30` }),
  };
}

/** What is asked of each camera. */
export interface AskedVideo {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

/** A client catches up by shortening frames: this share of a mode's rate leaves it room (docs/raspberry-pi.md). */
const SHARE = 0.8;

/** A camera's modes, and whether one does what is asked. */
export function modesFinding(spec: string, { model, modes }: ListedCamera, asked: AskedVideo): Finding {
  const { width, height, fps } = asked;
  const value = `${model}: ${modeList(modes)}`;
  const best = Math.max(0, ...fitting(modes, asked).map((mode) => mode.fps));
  if (best < fps) {
    return finding('modes', 'fail', value, {
      of: spec,
      advice:
        `no mode does ${width}x${height} at ${fps} fps: ` +
        `at most --framerate ${framesText(best * SHARE)}, or a smaller size`,
    });
  }
  if (best * SHARE < fps) {
    return finding('modes', 'warn', value, {
      of: spec,
      advice:
        `${width}x${height} does ${framesText(best)} fps at most, which leaves a client little room to catch up: ` +
        `--framerate ${framesText(best * SHARE)}, or a smaller size`,
    });
  }
  return finding('modes', 'good', value, { of: spec });
}

/** The modes that hold a picture of this size; all where none does. */
function fitting(modes: readonly ListedMode[], { width, height }: AskedVideo): readonly ListedMode[] {
  const large = modes.filter((mode) => mode.width >= width && mode.height >= height);
  return large.length > 0 ? large : modes;
}

/** The mode that a camera will take: the smallest that holds the picture and does the rate. */
export function likelyMode(modes: readonly ListedMode[], asked: AskedVideo): ListedMode | undefined {
  const fast = fitting(modes, asked).filter((mode) => mode.fps >= asked.fps);
  return fast.reduce<ListedMode | undefined>(
    (least, mode) => (least === undefined || mode.width * mode.height < least.width * least.height ? mode : least),
    undefined,
  );
}

/** `640x480 to 206.6 fps, 1640x1232 to 41.8 fps`: each size once. */
function modeList(modes: readonly ListedMode[]): string {
  const most = new Map<string, number>();
  for (const { width, height, fps } of modes) {
    const name = `${width}x${height}`;
    most.set(name, Math.max(fps, most.get(name) ?? 0));
  }
  if (most.size === 0) return 'no mode is listed';
  return [...most].map(([name, fps]) => `${name} to ${framesText(fps)} fps`).join(', ');
}

/** Rounded down: nothing is promised that is not there. */
const framesText = (fps: number): string => String(Math.floor(fps * 10) / 10);

/** A camera's installed tuning file. */
export interface TuningFile {
  readonly spec: string;
  readonly model: string;
  /** Whether it has a section on sync; undefined where there is no file that can be read. */
  readonly sync: boolean | undefined;
}

/** What stock cameras are told of sync by. A take derives its own from the installed one. */
export function tuningFinding(files: readonly TuningFile[]): Finding {
  const models = (sync: boolean | undefined): string =>
    [...new Set(files.filter((file) => file.sync === sync).map(({ model }) => model))].join(', ');
  const [missing, without] = [models(undefined), models(false)];
  if (missing !== '') {
    return finding('tuning', 'warn', `none is installed for ${missing}`, {
      limits: ['the take stays at the UDP port that all use, and --sync-port and --ready-frames can not be had'],
      advice: 'give the folder that holds rpi/ in LIBCAMERA_IPA_CONFIG_PATH, or install libcamera-ipa',
    });
  }
  if (without === '') return finding('tuning', 'good', `installed, with a section on sync: ${models(true)}`);
  return finding('tuning', 'good', `installed; a take adds the section on sync for ${without}`, {
    limits: [`rpicam-vid --sync by itself waits for ever with ${without}`],
  });
}
