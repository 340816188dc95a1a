/*
 * What libcamera logs of a camera's synchronisation at level DEBUG, where `LIBCAMERA_LOG_LEVELS` asks for it: in the
 * words of 0.7.1, for a program that stands in for it. `steering-log.ts` reads them.
 */

/** Categories in which a camera's synchronisation is logged. */
export type DebugCategory = 'RPiSync' | 'IPARPI' | 'ClockRec';

/** One line, without time and thread. */
export interface DebugLine {
  readonly category: DebugCategory;
  /** Where in libcamera's source it is written. */
  readonly source: string;
  readonly text: string;
}

const line = (category: DebugCategory, source: string, text: string): DebugLine => ({ category, source, text });
const sync = (at: number, text: string): DebugLine => line('RPiSync', `sync.cpp:${at}`, text);
const clock = (at: number, text: string): DebugLine => line('ClockRec', `clock_recovery.cpp:${at}`, text);
/** As libcamera writes a duration: us with two decimals. */
const us = (value: number): string => `${value.toFixed(2)}us`;

/** Said once, when the camera is set up; the duration in us. */
export const frameDurationLine = (frameUs: number): DebugLine =>
  line('IPARPI', 'ipa_base.cpp:1413', `setting sync frame duration to  ${us(frameUs)}`);

/** The same moment on both clocks, in ns: how a frame begins. */
export const addSampleLine = (bootNs: bigint, wallNs: bigint): DebugLine => clock(134, `addSample ${bootNs} ${wallNs}`);
export const getOutputLine = (bootNs: bigint, wallNs: bigint): DebugLine => clock(226, `getOutput ${bootNs} ${wallNs}`);

/** What the sensor is said to have done for a frame. */
export interface LoggedFrame {
  readonly exposureUs: number;
  readonly lines: number;
  readonly lineUs: number;
  readonly gain: number;
}

export const metadataLine = ({ exposureUs, lines, lineUs, gain }: LoggedFrame): DebugLine =>
  line(
    'IPARPI',
    'ipa_base.cpp:1534',
    `Metadata - Exposure time: ${us(exposureUs)} Frame length: ${lines} Line length: ${us(lineUs)} Gain: ${Number(gain.toPrecision(6))}`,
  );

/** A message that a client took; all times on wall clocks, in whole us. */
export interface LoggedMessage {
  readonly frameNumber: number;
  readonly serverUs: number;
  readonly readyUs: number;
  readonly clientUs: number;
  /** The client's frame that is nearest to the server's, and how many frames before this one it was. */
  readonly nearestUs: number;
  readonly frames: number;
  readonly correctionUs: number;
}

export const receivedLines = (message: LoggedMessage): DebugLine[] => [
  sync(266, `Received packet (frameNumber ${message.frameNumber}):`),
  sync(267, `                serverFrameTimestamp ${message.serverUs}`),
  sync(268, `                serverReadyTime ${message.readyUs}`),
  sync(269, `                clientFrameTimestamp ${message.clientUs}`),
  sync(270, `                clientFrameTimestampNearest ${message.nearestUs} (${message.frames})`),
  sync(272, `                correction ${message.correctionUs}`),
];

/** A message that a server sent; `sinceUs` is from its last frame to this one. */
export const sentLines = (
  frameNumber: number,
  frameUs: number,
  wallUs: number,
  sinceUs: number,
  readyUs: number,
): DebugLine[] => [
  sync(218, `Send packet (frameNumber ${frameNumber}):`),
  sync(219, `            frameDuration ${frameUs}`),
  sync(220, `            wallClockFrameTimestamp ${wallUs} (${sinceUs})`),
  sync(222, `            wallClockReadyTime ${readyUs}`),
];
