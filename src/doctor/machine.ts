import { size } from '../amounts.ts';
import { counted } from '../counted.ts';
import { type Board, isRaspberryPi } from '../host/board.ts';
import { type Finding, finding, notApplicable } from './finding.ts';

export const NO_PI = 'no Raspberry Pi';

/** What runs here. */
export interface System {
  readonly board: Board;
  /** `Linux 6.12.25+rpt-rpi-2712`. */
  readonly os: string;
  /** `Debian GNU/Linux 12 (bookworm)`. */
  readonly distribution?: string | undefined;
  /** As Node names it: `arm64`. */
  readonly arch: string;
}

/** The board and its system. */
export function boardFinding({ board, os, distribution, arch }: System): Finding {
  const value = [board.model, distribution, os, arch].filter((part) => part !== undefined).join(', ');
  if (arch !== 'arm') return finding('board', 'good', value);
  return finding('board', 'warn', value, {
    limits: ['a 32-bit system: how good the clock is can not be asked of the kernel, and there may be no node-av'],
    advice: 'install the 64-bit Raspberry Pi OS',
  });
}

/** Processors, and what they have to do. */
export interface Load {
  readonly processors: number;
  /** Processes that want to run, on average over the last minute. Windows does not say. */
  readonly load?: number;
}

/** How busy the processors are. A take of genlock's own cameras takes part of one a camera. */
export function processorsFinding({ processors, load }: Load): Finding {
  const value = `${processors}${load === undefined ? '' : `, load ${load.toFixed(1)}`}`;
  if (load === undefined || load <= processors) return finding('processors', 'good', value);
  return finding('processors', 'warn', value, {
    advice:
      'more wants to run than can: frames will be dropped; end what is not needed (top shows it), close the desktop',
  });
}

/*
 * Raspberry Pi's documentation of `temp_limit` and `vcgencmd get_throttled`: from 80 degrees on the processor is
 * slowed down, at 85 the graphics as well; a Pi 3B+ from 60 on, which shows as its soft limit.
 */
const SLOWED_C = 80;
const WARM_C = 70;

/** How warm it is. */
export function temperatureFinding({ model, temperatureC }: Board): Finding {
  if (temperatureC === undefined) return notApplicable('temperature', 'no sensor that is known');
  const value = `${temperatureC.toFixed(0)} C`;
  if (!isRaspberryPi(model) || temperatureC < WARM_C) return finding('temperature', 'good', value);
  if (temperatureC < SLOWED_C) {
    return finding('temperature', 'warn', `${value}, slows down from ${SLOWED_C} C on`, {
      advice: 'a long take makes it warmer: give it a heat sink or a fan',
    });
  }
  return finding('temperature', 'warn', `${value}: slowed down`, { advice: 'give it a heat sink or a fan, and air' });
}

/** The bits of `get_throttled`; 16 above each stands what has been since the boot. */
const THROTTLING: readonly [bit: number, now: string][] = [
  [0, 'too little voltage'],
  [1, 'frequency capped'],
  [2, 'slowed down'],
  [3, 'temperature limit'],
];
const BEFORE = 16;
const VOLTAGE = 0x1_0001;

/** Whether the board slows itself down, now or since it was started. */
export function throttlingFinding({ model, throttled }: Board): Finding {
  if (!isRaspberryPi(model)) return notApplicable('throttling', NO_PI);
  if (throttled === undefined) {
    return finding('throttling', 'warn', 'not known: vcgencmd does not answer', {
      advice: 'run as a member of the group video: sudo usermod -aG video $USER, then log in again',
    });
  }
  const words = (shift: number): string[] =>
    THROTTLING.flatMap(([bit, text]) => ((throttled >>> (bit + shift)) & 1 ? text : []));
  const [now, before] = [words(0), words(BEFORE)];
  const hex = `0x${throttled.toString(16)}`;
  if (now.length + before.length === 0) return finding('throttling', 'good', `none since the boot (${hex})`);
  const value = now.length > 0 ? `now: ${now.join(', ')}` : `since the boot: ${before.join(', ')}`;
  const supply = 'a stronger power supply (27 W for a Pi 5) and a short cable: cameras vanish where the voltage falls';
  const cooling = 'a heat sink or a fan: a processor that is slowed down drops frames';
  return finding('throttling', 'warn', `${value} (${hex})`, { advice: throttled & VOLTAGE ? supply : cooling });
}

/** What one stock camera needs memory for. */
export interface Buffers {
  /** The sensor's mode that it will take. */
  readonly mode: { readonly width: number; readonly height: number; readonly bits: number };
  /** Of the video. */
  readonly width: number;
  readonly height: number;
}

/** Pictures of each kind, raw and finished, that rpicam-vid asks for (`--buffer-count` 0 is 6 for video). */
const PICTURES = 6;

const neededBytes = ({ mode, width, height }: Buffers): number =>
  PICTURES * ((mode.width * mode.height * mode.bits) / 8 + width * height * 1.5);

/**
 * Memory for pictures. libcamera takes it from CMA (contiguous memory, set aside at the boot), on a Pi 5 from all of
 * it.
 * @param ordinary Whether pictures are in ordinary memory, as on a Pi 5.
 */
export function cmaFinding({ model, cma }: Board, ordinary: boolean, cameras: readonly Buffers[]): Finding {
  if (!isRaspberryPi(model)) return notApplicable('cma', NO_PI);
  if (cma === undefined) return finding('cma', 'warn', 'not known: no CmaTotal in /proc/meminfo');
  const value = `${size(cma.freeBytes)} of ${size(cma.totalBytes)} CMA free`;
  if (ordinary) return finding('cma', 'good', `${value}; pictures of this board are in ordinary memory`);
  const needed = cameras.reduce((sum, camera) => sum + neededBytes(camera), 0);
  const who = `${counted(cameras.length, 'camera')} ${cameras.length === 1 ? 'needs' : 'need'}`;
  const about = `${value}; ${who} about ${size(needed)}`;
  if (cma.freeBytes >= needed) return finding('cma', 'good', cameras.length === 0 ? value : about);
  return finding('cma', 'warn', about, {
    advice: 'smaller --width and --height, no desktop, or dtoverlay=vc4-kms-v3d,cma-512 in /boot/firmware/config.txt',
  });
}
