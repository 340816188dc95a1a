import { OptionError } from '../../errors.ts';
import type { CameraRequest } from '../camera.ts';
import { type Answer, controlNotes, isDefault, NO_COLOUR_MATRIX } from '../controls.ts';

const DONE: Answer = () => undefined;
const SHARP = 'no lens moves: a drawn scene is sharp everywhere';

const ANSWERS: Readonly<Record<string, Answer | string>> = {
  // These act: see `evOf` and `buffersOf`, and `chooseMode` for hdr.
  ev: DONE,
  'buffer-count': DONE,
  hdr: DONE,
  metering: 'brightness is not measured in the picture: a virtual camera knows its light',
  exposure: (value) =>
    value === 'sport' ? 'a virtual camera exposes for 1 ms anyway; shutter sets another time' : 'no such exposure here',
  awb: 'the one light of a drawn scene is white already; awbgains R,B sets gains',
  ccm: NO_COLOUR_MATRIX,
  // Nothing is what there is.
  denoise: (value) => (value === 'off' || value === 'cdn_off' ? undefined : 'a drawn scene has no noise to take away'),
  'flicker-period': 'the light of a drawn scene does not flicker',
  'autofocus-mode': SHARP,
  'autofocus-range': SHARP,
  'autofocus-speed': SHARP,
  'autofocus-window': SHARP,
  'lens-position': SHARP,
};

/** What a virtual camera can't do with the controls that were asked of it, a line each. */
export const virtualNotes = (controls: CameraRequest['controls']): string[] => controlNotes(controls, ANSWERS);

/** Exposure compensation, in stops; 0 where none is asked for. rpicam-vid cuts it to 10 either way too. */
export function evOf(controls: CameraRequest['controls'], notes: string[]): number {
  const text = controls?.ev;
  if (text === undefined || isDefault('ev', text)) return 0;
  const given = Number(text);
  if (!Number.isFinite(given)) throw new OptionError('ev', text, 'a number of stops from -10 to 10');
  const used = Math.min(10, Math.max(-10, given));
  if (used !== given) notes.push(`ev ${text}: from -10 to 10; ${used} is used`);
  return used;
}

/** How many frames may wait to be fetched; `usual` where nothing is asked for. */
export function buffersOf(controls: CameraRequest['controls'], usual: number): number {
  const text = controls?.['buffer-count'];
  if (text === undefined || isDefault('buffer-count', text)) return usual;
  if (!/^\d{1,3}$/.test(text)) throw new OptionError('buffer-count', text, 'a whole number of frames from 1 to 999');
  return Number(text);
}
