/*
 * Lines of rpicam-vid's stderr, as version 1.12 with libcamera 0.7.1 writes them: what `log.ts` reads, for a program
 * that stands in for it.
 */

import type { DebugLine } from './debug-lines.ts';

/** When and by which thread a line is logged. */
export interface LogPlace {
  /** By CLOCK_MONOTONIC, ns. */
  readonly bootNs: bigint;
  readonly thread: number;
}

export const syncModeLine = (role: 'server' | 'client', place: LogPlace): string =>
  logged(place, 'INFO', 'IPARPI', `ipa_base.cpp:${role === 'server' ? 81 : 84}`, `Sync mode set to ${role}`);

/** @param differenceUs The first frame's distance from the ready time, whole us; 0 for a server. */
export const syncAchievedLine = (role: 'server' | 'client', differenceUs: number, place: LogPlace): string =>
  logged(
    place,
    'INFO',
    'RPiSync',
    `sync.cpp:${role === 'server' ? 232 : 281}`,
    `*** Sync achieved! Difference ${Math.round(differenceUs)}us`,
  );

/** A line of level DEBUG. */
export const debugLine = ({ category, source, text }: DebugLine, place: LogPlace): string =>
  logged(place, 'DEBUG', category, source, text);

export const haltingLine = (timeoutMs: number): string => `Halting: reached timeout of ${timeoutMs} milliseconds.`;

/** How rpicam-vid words what ends it; exit code 255. */
export const errorLine = (text: string): string => `ERROR: *** ${text} ***`;

/** A sensor that sends nothing any more: libcamera's lines, then rpicam's. */
export const stallLines = (place: LogPlace): string[] => [
  logged(
    place,
    'WARN',
    'V4L2',
    'v4l2_videodevice.cpp:2155',
    '/dev/video4[13:cap]: Dequeue timer of 1000000.00us has expired!',
  ),
  logged(place, 'ERROR', 'RPI', 'pipeline_base.cpp:1346', 'Camera frontend has timed out!'),
  logged(
    place,
    'ERROR',
    'RPI',
    'pipeline_base.cpp:1347',
    'Please check that your camera sensor connector is attached securely.',
  ),
  logged(place, 'ERROR', 'RPI', 'pipeline_base.cpp:1348', 'Alternatively, try another cable and/or sensor.'),
  'ERROR: Device timeout detected, attempting a restart!!!',
];

function logged(place: LogPlace, level: string, category: string, source: string, text: string): string {
  return `[${formatBootTime(place.bootNs)}] [${place.thread}] ${level.padStart(5)} ${category} ${source} ${text}`;
}

/** As libcamera writes a time: `1:34:32.358788867`. */
export function formatBootTime(ns: bigint): string {
  const seconds = ns / 1_000_000_000n;
  const two = (value: bigint): string => String(value).padStart(2, '0');
  const fraction = String(ns % 1_000_000_000n).padStart(9, '0');
  return `${seconds / 3600n}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}.${fraction}`;
}
