import { parseText, parseWhole } from '../../options/parse.ts';
import { SHARED } from '../../options/shared.ts';
import { DEFAULT_PRESET } from '../../record/encoder.ts';
import { option, shared, toggle } from './definition.ts';
import { parsePart } from './values.ts';

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
  epoch: toggle({
    group: 'genlock',
    ours: true,
    help: "--camera none: frame N lies at N / framerate since 1970 on this host's clock",
    differs:
      'Hosts whose clocks agree (PTP, GPS, chrony) then have the same frames without a word between them, as SMPTE ST 2059-1 has it. ' +
      'Without it frame N lies N frames after the start.',
  }),
  phase: option({
    value: 'required',
    placeholder: 'share',
    default: '0',
    group: 'genlock',
    ours: true,
    help: '--epoch: its frames lie so much later: 1/4 or 0.25 of a frame',
    differs:
      'From 0 up to but not 1. Four servers at 0, 1/4, 1/2 and 3/4, each on a port of its own, make four cameras take turns.',
    parse: parsePart,
  }),
  encoder: option({
    ...shared(SHARED.encoder),
    otherwise: 'the first that works',
    group: 'genlock',
    ours: true,
  }),
  preset: option({
    ...shared(SHARED.preset),
    default: DEFAULT_PRESET,
    group: 'genlock',
    ours: true,
  }),
  'on-overload': option({
    ...shared(SHARED.onOverload),
    default: 'drop',
    group: 'genlock',
    ours: true,
    differs: 'A dropped frame leaves its slot to a repeat, marked `overload` in `--frames-csv`.',
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
