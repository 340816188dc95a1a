import { OptionError } from '../errors.ts';
import type { Clock } from '../time/clock.ts';
import type { Camera, CameraRequest } from './camera.ts';
import { isLibavSpec } from './libav/spec.ts';
import { VirtualCamera } from './virtual/camera.ts';
import { NUMBERED, numberedSpec, parseVirtualSpec } from './virtual/spec.ts';

/**
 * The spec of a camera as a user names it: a number, or a spec as it is. Numbers go to steerable real cameras first (this
 * version drives none), then to the virtual ones. Video devices are reached by their spec alone.
 * @param option what names it, for messages: `camera`, or `cameras[1]` of a take.
 * @throws OptionError where there is no such camera.
 */
export function cameraSpec(given: string, option = 'camera'): string {
  if (/^\d+$/.test(given)) {
    const number = Number(given);
    if (number >= NUMBERED) {
      throw new OptionError(option, given, `no such camera; there are 0 to ${NUMBERED - 1} (see genlock cameras)`);
    }
    return numberedSpec(number);
  }
  if (isVirtual(given)) {
    parseVirtualSpec(given);
    return given;
  }
  if (isLibavSpec(given)) return given;
  const stock = stockNumber(given);
  if (stock !== undefined) return `rpicam:${stock}`;
  throw new OptionError(
    option,
    given,
    `no such camera; give a number from 0 to ${NUMBERED - 1}, virtual:MODEL, rpicam:NUMBER, ` +
      'libav:INPUT, lavfi:GRAPH or a device such as v4l2:/dev/video0',
  );
}

/** For `rpicam:N`, and `rpicam`, which is `rpicam:0`: the number of the camera as rpicam-vid counts them. */
export function stockNumber(spec: string): number | undefined {
  const match = /^rpicam(?::(\d{1,3}))?$/.exec(spec);
  return match === null ? undefined : Number(match[1] ?? 0);
}

/** A camera that can be named by a number. */
export interface NumberedCamera {
  readonly number: number;
  readonly spec: string;
  readonly virtual: boolean;
}

export const numberedCameras = (): NumberedCamera[] =>
  Array.from({ length: NUMBERED }, (_, number) => ({ number, spec: numberedSpec(number), virtual: true }));

/** Opens the camera that a request names, by its spec. @throws OptionError for a stock one: another program runs it. */
export async function openCamera(request: CameraRequest, clock: Clock): Promise<Camera> {
  const stock = stockNumber(request.spec);
  if (stock !== undefined) {
    throw new OptionError(
      'camera',
      request.spec,
      `a stock camera is run by rpicam-vid itself; it is recorded in a take (genlock record), as rpicam:${stock}`,
    );
  }
  if (isVirtual(request.spec)) return new VirtualCamera(request, clock);
  const { LibavCamera } = await import('./libav/camera.ts');
  return LibavCamera.open(request, clock);
}

/** Whether a spec names a camera that is not there: such cameras never leave this machine. */
export const isVirtual = (spec: string): boolean => /^virtual(:|\?|$)/.test(spec);
