import { parseChoice, parseNumber } from '../../options/parse.ts';
import { SHARED } from '../../options/shared.ts';
import { option, shared, toggle } from './definition.ts';
import { parseRegion } from './values.ts';

/** What the picture looks like. */
export const IMAGE = {
  width: option({
    ...shared(SHARED.width),
    default: '0',
    otherwise: '640',
    group: 'image',
    differs: 'Must be even, as 4:2:0 video needs it.',
  }),
  height: option({
    ...shared(SHARED.height),
    default: '0',
    otherwise: '480',
    group: 'image',
    differs: 'As `--width`.',
  }),
  size: option({
    ...shared(SHARED.size),
    group: 'image',
    ours: true,
    differs: 'In place of `--width` and `--height`.',
  }),
  hflip: toggle({ group: 'image', does: 'camera', help: 'mirror the picture, left to right' }),
  vflip: toggle({ group: 'image', does: 'camera', help: 'mirror the picture, top to bottom' }),
  rotation: option({
    value: 'required',
    placeholder: 'degrees',
    default: '0',
    group: 'image',
    does: 'camera',
    help: 'turn the picture by 0 or 180',
    parse: (flag, text) => (parseChoice(flag, text, ['0', '180'] as const) === '180' ? 180 : 0),
  }),
  roi: option({
    value: 'required',
    placeholder: 'x,y,w,h',
    default: '0,0,0,0',
    group: 'image',
    does: 'camera',
    help: 'the part that is shown, as shares of the whole; 0,0,0,0 is all',
    differs: 'A part that reaches out of the picture is an error.',
    parse: parseRegion,
  }),
  brightness: option({
    value: 'required',
    placeholder: 'number',
    default: '0',
    group: 'image',
    does: 'camera',
    help: '-1 is black, 1 is white',
    parse: (flag, text) => parseNumber(flag, text, -1, 1),
  }),
  contrast: option({
    value: 'required',
    placeholder: 'number',
    default: '1',
    group: 'image',
    does: 'camera',
    help: '1 changes nothing, 0 is grey',
    parse: (flag, text) => parseNumber(flag, text, 0, 32),
  }),
  saturation: option({
    value: 'required',
    placeholder: 'number',
    default: '1',
    group: 'image',
    does: 'camera',
    help: '1 changes nothing, 0 has no colour',
    parse: (flag, text) => parseNumber(flag, text, 0, 32),
  }),
  sharpness: option({
    value: 'required',
    placeholder: 'number',
    default: '1',
    group: 'image',
    does: 'camera',
    help: '1 changes nothing, 0 does not sharpen',
    parse: (flag, text) => parseNumber(flag, text, 0, 16),
  }),
};
