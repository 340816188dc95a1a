import type { CameraRequest } from './camera.ts';

/** What a camera says to a control: why it can't be had, or undefined where it is had. */
export type Answer = (value: string) => string | undefined;

/** Values with which rpicam-vid asks for nothing; for all others an empty value, `0` and `false`. */
const DEFAULTS: Readonly<Record<string, readonly string[]>> = {
  'autofocus-mode': ['default'],
  'autofocus-range': ['normal'],
  'autofocus-speed': ['normal'],
  'autofocus-window': ['0,0,0,0'],
  awb: ['auto'],
  denoise: ['auto'],
  exposure: ['normal'],
  hdr: ['off'],
  'lens-position': ['default'],
  metering: ['centre'],
};

/** True where a control is given with the value that it has anyway. */
export function isDefault(name: string, value: string): boolean {
  const given = value.trim();
  if (DEFAULTS[name]?.includes(given)) return true;
  // A lens position of 0 is infinity, which is something to ask for.
  if (name === 'lens-position') return given === '';
  return given === '' || given === 'false' || /^[-+]?0*(0|0\.|\.0)0*(min|sec|s|ms|us|ns)?$/.test(given);
}

/** Switches: their value says nothing. */
const SWITCHED_ON = new Set(['true', '1']);

/**
 * The notes of a camera on the controls that were asked of it, a line each. A control that has no answer is one that
 * the camera has never heard of, and is named too.
 */
export function controlNotes(
  controls: CameraRequest['controls'],
  answers: Readonly<Record<string, Answer | string>>,
): string[] {
  const notes: string[] = [];
  for (const [name, value] of Object.entries(controls ?? {})) {
    if (isDefault(name, value)) continue;
    const answer = answers[name] ?? 'this camera has no such control';
    const reason = typeof answer === 'string' ? answer : answer(value);
    if (reason !== undefined) notes.push(`${name}${SWITCHED_ON.has(value) ? '' : ` ${value}`}: ${reason}`);
  }
  return notes;
}

/** The answer of every camera that has no image processor of a Raspberry Pi. */
export const NO_COLOUR_MATRIX = 'no colour matrix is applied; saturation and gains of red and blue are';
