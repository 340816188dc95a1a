import { DEFAULT_PRESET } from '../../record/encoder.ts';
import { PRESETS } from '../../record/encoders/check.ts';
import { OVERLOADS } from '../../record/recorder.ts';
import { ENCODERS, parseChoice, parseWhole } from '../parse.ts';
import { option, toggle } from './definition.ts';
import { parseText } from './values.ts';

/** What rpicam-vid has nothing like. */
export const GENLOCK = {
  name: option({
    value: 'required',
    placeholder: 'name',
    otherwise: 'cam0 for camera 0',
    group: 'genlock',
    ours: true,
    help: 'what the camera is called in the picture and in messages',
    parse: parseText,
  }),
  encoder: option({
    value: 'required',
    placeholder: 'name',
    otherwise: 'the first that works',
    group: 'genlock',
    ours: true,
    help: 'what encodes: node-av, in process, or ffmpeg, the program',
    parse: (flag, text) => parseChoice(flag, text, ENCODERS),
  }),
  preset: option({
    value: 'required',
    placeholder: 'name',
    default: DEFAULT_PRESET,
    group: 'genlock',
    ours: true,
    help: 'x264 preset: ultrafast to veryslow; slower ones make smaller files',
    parse: (flag, text) => parseChoice(flag, text, PRESETS),
  }),
  'on-overload': option({
    value: 'required',
    placeholder: 'what',
    default: 'drop',
    group: 'genlock',
    ours: true,
    help: 'where the encoder can not keep up: drop frames, first go on with the fastest preset (faster), or fail',
    differs: 'A dropped frame leaves its slot to a repeat, marked `overload` in `--frames-csv`.',
    parse: (flag, text) => parseChoice(flag, text, OVERLOADS),
  }),
  'open-ready': toggle({
    group: 'genlock',
    ours: true,
    hidden: true,
    help: 'server: the recording begins when the supervisor says',
  }),
  'join-locked': toggle({
    group: 'genlock',
    ours: true,
    hidden: true,
    help: 'client that joins late: the recording begins once it is locked',
  }),
  'end-frame': option({
    value: 'required',
    placeholder: 'index',
    otherwise: 'by --frames or --timeout',
    group: 'genlock',
    ours: true,
    hidden: true,
    help: 'the recording ends before this frame of the timeline, whichever it began with',
    parse: (flag, text) => parseWhole(flag, text, 1, Number.MAX_SAFE_INTEGER),
  }),
};
