import { BACKENDS } from '../../camera/backends.ts';
import { parseText, parseTime, parseWhole } from '../../options/parse.ts';
import { option, toggle } from './definition.ts';

/** How the specs are written of cameras that `vid` opens. */
const FORMS = BACKENDS.filter(({ program }) => program === undefined).map(({ help }) => `\`${help.form}\``);

/** What runs, for how long, and what it says. */
export const GENERAL = {
  help: toggle({ short: 'h', group: 'general', help: 'show this help' }),
  version: toggle({ group: 'general', help: 'print the version' }),
  'list-cameras': toggle({
    group: 'general',
    help: 'list the cameras as rpicam-vid does, and exit',
    differs:
      'Virtual cameras stand in the list too: a machine without a camera has eight. `genlock cameras` tells more.',
  }),
  camera: option({
    value: 'required',
    placeholder: 'number|spec',
    default: '0',
    group: 'general',
    help: 'which camera: a number (see --list-cameras), a spec such as virtual:imx708, or none',
    differs:
      `Takes a spec as well: ${FORMS.join(', ')}. With \`none\` and \`--sync server\` there is no camera: it records nothing, and tells clients of ` +
      'even frames until it is stopped, or for `-t` after the synchronisation point (docs/sync.md).',
    parse: parseText,
  }),
  timeout: option({
    short: 't',
    value: 'required',
    placeholder: 'time',
    default: '5sec',
    group: 'general',
    help: 'how long to record: 20s, 1.5min, 500ms; a bare number is ms; 0 is without end',
    differs:
      'An unknown suffix is an error (`-t 5m` is 5 ms in rpicam-vid, silently). The end is a frame: round(time x nominal rate), ' +
      'the same on all cameras of a take, where each rpicam-vid stops on its own clock.',
    parse: (flag, text) => parseTime(flag, text, 'ms'),
  }),
  frames: option({
    value: 'required',
    placeholder: 'count',
    default: '0',
    group: 'general',
    help: 'how many frames to record; overrides --timeout',
    differs: 'Exact. After a wait for a server, rpicam-vid records one frame less.',
    parse: (flag, text) => parseWhole(flag, text, 0, Number.MAX_SAFE_INTEGER),
  }),
  verbose: option({
    short: 'v',
    value: 'optional',
    placeholder: 'level',
    implicit: '2',
    default: '1',
    group: 'general',
    help: '0 says nothing, 1 the usual, 2 everything, the options in force first',
    differs: 'A level above 2 counts as 2.',
    parse: (flag, text) => Math.min(parseWhole(flag, text, 0, 1_000_000), 2),
  }),
  config: option({
    short: 'c',
    value: 'optional',
    placeholder: 'file',
    implicit: 'config.txt',
    group: 'general',
    help: 'read options from a file with a name=value a line; the command line wins over it',
    differs: 'A file that is missing is an error; rpicam-vid goes on without a word.',
    parse: parseText,
  }),
};
