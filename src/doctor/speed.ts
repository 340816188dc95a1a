import { duration, size, speed } from '../amounts.ts';
import { counted } from '../counted.ts';
import { type Finding, finding } from './finding.ts';

/** Where takes are written. */
export interface Folder {
  /** The one that takes are to be written to; it may not be there yet. */
  readonly path: string;
  /** Why nothing can be written there: `EROFS`. */
  readonly refused?: string | undefined;
  readonly freeBytes: number;
  /** For how long that lasts, s; 0 where there is too little for any take. */
  readonly lastsS: number;
}

/** Room for less than this is little, s. */
const LITTLE_S = 600;

const REFUSALS: Readonly<Record<string, string>> = {
  EROFS: 'the file system is read-only',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  ENOSPC: 'it is full',
  EDQUOT: "this user's share of it is full",
  ENOTDIR: 'it is no folder',
};

/** Whether takes can be written, and for how long. */
export function folderFinding({ path, refused, freeBytes, lastsS }: Folder): Finding {
  if (refused !== undefined && refused !== 'ENOSPC') {
    return finding('folder', 'fail', `${path} can't be written: ${REFUSALS[refused] ?? refused}`, {
      advice: 'give a folder that can be: --output FOLDER',
    });
  }
  const room = `${path}: ${size(freeBytes)} free`;
  const advice = 'delete takes that are not needed, or give a folder on another disk: --output FOLDER';
  if (refused !== undefined || lastsS <= 0)
    return finding('folder', 'fail', `${room}, too little for a take`, { advice });
  const value = `${room}, enough for about ${duration(lastsS)}`;
  return lastsS < LITTLE_S ? finding('folder', 'warn', value, { advice }) : finding('folder', 'good', value);
}

/** What is left of a speed for what comes between. */
const SPARE = 2;

/** How fast files grow, and what cameras write, both in bytes a second. */
export function diskFinding(bytesPerS: number, neededBytesPerS: number): Finding {
  const value = `writes ${speed(bytesPerS)}; the cameras write about ${speed(neededBytesPerS)}`;
  if (bytesPerS >= SPARE * neededBytesPerS) return finding('disk', 'good', value);
  const advice = 'a faster card or an SSD, a smaller size or a lower frame rate';
  return finding('disk', bytesPerS < neededBytesPerS ? 'fail' : 'warn', value, { advice });
}

/** What an encoder did in a trial. */
export interface EncoderTrial {
  readonly way: string;
  readonly width: number;
  readonly height: number;
  /** Frames a second that one encoder does, with all processors to itself. */
  readonly framesPerS: number;
  /** Cameras of the take, and the frames a second of each. */
  readonly cameras: number;
  readonly fps: number;
  /** Whether another program encodes while the take is recorded, as stock cameras do. */
  readonly elsewhere: boolean;
}

/** Whether encoding keeps up. */
export function encoderFinding(trial: EncoderTrial): Finding {
  const { way, width, height, framesPerS, cameras, fps, elsewhere } = trial;
  const needed = cameras * fps;
  const value =
    `${way} does ${framesPerS.toFixed(0)} frames/s of ${width}x${height}; ` +
    `${counted(cameras, 'camera')} at ${fps} fps ${cameras === 1 ? 'makes' : 'make'} ${needed}`;
  const limits = elsewhere ? ['stock cameras encode by rpicam-vid: this says how fast the processors are'] : [];
  if (framesPerS >= SPARE * needed) return finding('encoder', 'good', value, { limits });
  const advice = 'a smaller size, a lower frame rate or fewer cameras: what can not be encoded in time is dropped';
  return finding('encoder', framesPerS < needed && !elsewhere ? 'fail' : 'warn', value, { limits, advice });
}
