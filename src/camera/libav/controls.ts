import type { CameraRequest } from '../camera.ts';
import { type Answer, controlNotes, NO_COLOUR_MATRIX } from '../controls.ts';
import type { LibavSpec } from './spec.ts';

/** Why the light of an input is not set from here, and what to do instead. */
const LIGHT: Record<LibavSpec['kind'], string> = {
  file: 'what a video file shows is exposed already',
  generated: 'a generated picture is not exposed',
  device: "a device's exposure and gain are not set from here; set them with its own tool (v4l2-ctl on Linux)",
  stream: 'a stream is exposed by the camera that sends it',
};

/** The same for its colours, focus and the like. */
const DRIVEN: Record<LibavSpec['kind'], string> = {
  file: 'a video file has no camera to set',
  generated: 'a generated picture has no camera to set',
  device: "a device's controls are not set from here; set them with its own tool (v4l2-ctl on Linux)",
  stream: 'the camera behind a stream is not set from here',
};

/** What an input of FFmpeg can't do of what was asked of it, a line each. */
export function libavNotes(spec: LibavSpec, request: Omit<CameraRequest, 'name'>): string[] {
  const { exposureUs, gain, sensorMode, controls } = request;
  const light = LIGHT[spec.kind];
  const driven = DRIVEN[spec.kind];
  const notes: string[] = [];
  if (exposureUs !== undefined) notes.push(`shutter ${exposureUs}us: ${light}`);
  if (gain !== undefined) notes.push(`gain ${gain}: ${light}`);
  if (sensorMode) {
    const { width, height, bits, packed } = sensorMode;
    const instead =
      spec.kind === 'device' ? `?width=${width}&height=${height} behind the device asks it for a size` : driven;
    notes.push(`mode ${width}:${height}:${bits}:${packed ? 'P' : 'U'}: this input has no sensor modes; ${instead}`);
  }
  const answers: Record<string, Answer | string> = {
    ccm: NO_COLOUR_MATRIX,
    ...Object.fromEntries(['metering', 'exposure', 'ev', 'flicker-period'].map((name) => [name, light])),
    ...Object.fromEntries(FOCUS.map((name) => [name, driven])),
    awb: `${driven}; awbgains R,B acts on the pictures`,
    hdr: driven,
    denoise: (value) => (value === 'off' || value === 'cdn_off' ? undefined : 'noise is not taken away here'),
    'buffer-count': 'FFmpeg decides how many frames wait',
  };
  return [...notes, ...controlNotes(controls, answers)];
}

const FOCUS = ['autofocus-mode', 'autofocus-range', 'autofocus-speed', 'autofocus-window', 'lens-position'];
