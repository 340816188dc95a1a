import type { SteeredRun } from '../stock/steered-camera.ts';

/**
 * What a process has to be told to be steered, whatever the user tells it besides.
 * @param number the camera's, as rpicam-vid counts them.
 * @param tuningFile that names the port which it listens on.
 * @param modeGiven the user chooses the sensor's mode.
 */
export function steeringArguments(number: number, run: SteeredRun, tuningFile: string, modeGiven: boolean): string[] {
  return [
    ...['--camera', String(number), '--sync', 'client'],
    ...['--framerate', run.framesPerSecond.toFixed(6), '--tuning-file', tuningFile],
    ...(modeGiven ? [] : ['--mode', run.mode]),
  ];
}

/** What a process is told whose metadata are read here, and that the user wants none of. @param file for them. */
export const metadataArguments = (file: string): string[] => ['--metadata', file, '--metadata-format', 'json'];

/**
 * What a process is told that nobody wants a recording of: it goes on until it is stopped, and encodes as others do.
 * @param width of its pictures, and their height, in pixels.
 */
export const probeArguments = (width: number, height: number): string[] => [
  ...['-n', '-t', '0', '--width', String(width), '--height', String(height)],
  ...['--codec', 'h264', '--libav-format', 'h264', '--libav-video-codec-opts', 'bf=0', '-o', '/dev/null'],
];
