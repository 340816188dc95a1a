import type { CameraBackend } from './backend.ts';
import { libavBackends } from './libav/backend.ts';
import { rpicamBackend } from './rpicam/backend.ts';
import { virtualBackend } from './virtual/backend.ts';

/** Every kind of camera that there is. What opens, lists, checks and describes cameras asks this list. */
export const BACKENDS: readonly CameraBackend[] = [virtualBackend, rpicamBackend, ...libavBackends];

/**
 * The backend that a spec is for: its scheme stands alone, or a colon or question mark is behind it. Undefined where
 * none is.
 */
export function backendOf(spec: string, backends = BACKENDS): CameraBackend | undefined {
  const scheme = /^[a-z][a-z0-9]*(?=[:?]|$)/.exec(spec)?.[0];
  return backends.find((backend) => backend.scheme === scheme);
}

/** Whether a spec names a camera whose view is made on this machine: such cameras never leave it. */
export const isVirtual = (spec: string): boolean => backendOf(spec)?.virtual === true;

/** Whether another program runs the camera that a spec names. */
export const isStock = (spec: string): boolean => backendOf(spec)?.program !== undefined;

/** Whether the camera that a spec names chooses its exposure itself unless told. */
export const choosesExposure = (spec: string): boolean => backendOf(spec)?.choosesExposure === true;
