import { ENCODERS, parseChoice, parseWhole } from '../parse.ts';
import { option, toggle } from './definition.ts';
import { parseText } from './values.ts';

/** What rpicam-vid has nothing like. */
export const FRAMELOCK = {
  name: option({
    value: 'required',
    placeholder: 'name',
    otherwise: 'cam0 for camera 0',
    group: 'framelock',
    ours: true,
    help: 'what the camera is called in the picture and in messages',
    parse: parseText,
  }),
  encoder: option({
    value: 'required',
    placeholder: 'name',
    otherwise: 'the first that works',
    group: 'framelock',
    ours: true,
    help: 'what encodes: node-av, in process, or ffmpeg, the program',
    parse: (flag, text) => parseChoice(flag, text, ENCODERS),
  }),
  'open-ready': toggle({
    group: 'framelock',
    ours: true,
    hidden: true,
    help: 'server: the recording begins when the supervisor says',
  }),
  'join-locked': toggle({
    group: 'framelock',
    ours: true,
    hidden: true,
    help: 'client that joins late: the recording begins once it is locked',
  }),
  'end-frame': option({
    value: 'required',
    placeholder: 'index',
    otherwise: 'by --frames or --timeout',
    group: 'framelock',
    ours: true,
    hidden: true,
    help: 'the recording ends before this frame of the timeline, whichever it began with',
    parse: (flag, text) => parseWhole(flag, text, 1, Number.MAX_SAFE_INTEGER),
  }),
};
