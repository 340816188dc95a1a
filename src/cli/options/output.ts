import { parseChoiceInAnyCase, parseText, parseTime, parseWhole } from '../../options/parse.ts';
import { SHARED } from '../../options/shared.ts';
import { METADATA_FORMATS } from '../../record/metadata.ts';
import { oneOf, option, shared, toggle } from './definition.ts';

/** Where pictures and their times go. */
export const OUTPUT = {
  output: option({
    short: 'o',
    value: 'required',
    placeholder: 'file',
    group: 'output',
    help: 'the video: a file, - (stdout), udp://host:port, tcp://host:port, rtmp://...; replaced without asking',
    differs:
      'Start times in names, see [names of files](#names-of-files). Without it, it says that nothing is saved; a folder that is ' +
      'not there is an error with exit code 2, not an abort. ' +
      'Addresses: see [streams](#streams).',
    parse: (_, text) => text,
  }),
  listen: toggle({
    short: 'l',
    group: 'output',
    help: 'with tcp://: wait there for a reader',
  }),
  metadata: option({
    value: 'required',
    placeholder: 'file',
    group: 'output',
    help: 'write what is known of each frame; - is stdout',
    differs:
      'An entry a frame with every kind of output; with mp4, rpicam-vid writes none. On stdout there is neither bracket; ' +
      "rpicam-vid prints the closing one. A file that can't be written is an error.",
    parse: parseText,
  }),
  'metadata-format': option({
    value: 'required',
    placeholder: 'format',
    default: 'json',
    group: 'output',
    help: 'json, txt, or json-strings: json with nanoseconds in quotes',
    differs:
      '`FrameWallClock` is over 2^53, which `JSON.parse` and other readers round; `json-strings` puts it in quotes. Python reads ' +
      'both exactly.',
    ...oneOf(METADATA_FORMATS, parseChoiceInAnyCase),
  }),
  'save-pts': option({
    value: 'required',
    placeholder: 'file',
    group: 'output',
    help: "write each frame's time in ms, from 0, as a timecode file",
    differs:
      'In the order of the pictures, with mp4 too (rpicam-vid refuses that, and writes decoding order where there are B-frames). ' +
      'A file a segment where the video is cut.',
    parse: parseText,
  }),
  'frames-csv': option({
    value: 'required',
    placeholder: 'file',
    group: 'output',
    ours: true,
    help: 'write index, times, phase and correction of each frame',
    differs: 'The true times: those in an MP4 are slots at the nominal rate.',
    parse: parseText,
  }),
  timestamps: option({
    ...shared(SHARED.timestamps),
    default: 'nominal',
    group: 'output',
    ours: true,
    differs:
      'With `true` frame 0 of the timeline is 0, and each frame is as far behind it as it was captured, to the microsecond (mkv: the ' +
      'millisecond). A repeat is where its slot is.',
  }),
  segment: option({
    value: 'required',
    placeholder: 'ms',
    default: '0',
    group: 'output',
    help: 'cut the video into files of this length; %d in the name counts them',
    differs:
      'With mp4 too. Each file has round(ms x rate) frames and begins with a keyframe, at the same frame on every camera of a ' +
      'take; rpicam-vid waits for the next keyframe (3 s for 2000) and leaves an empty file named by the pattern.',
    parse: (flag, text) => parseTime(flag, text, 'ms'),
  }),
  split: toggle({
    group: 'output',
    help: 'begin a new file whenever a pause ends',
    differs: 'With mp4 too.',
  }),
  circular: option({
    value: 'optional',
    placeholder: 'MB',
    implicit: '4',
    default: '0',
    group: 'output',
    help: 'keep the last so many MB and save them at the end, or at each Enter or SIGUSR1',
    differs:
      'With mp4 too. With `--keypress` or `--signal` it is saved as often as asked for, while it goes on; rpicam-vid saves once, on exit, ' +
      'and pauses. With `--initial pause` the first Enter or SIGUSR1 begins the recording, the others save. A save at the end that fails is an ' +
      'error with exit code 1 that says where the frames are. To stdout (`-o -`) it writes the bare stream, each save behind the one before. ' +
      'With an address it is an error; rpicam-vid sends everything at once and keeps nothing.',
    parse: (flag, text) => parseWhole(flag, text, 0, 1_000_000),
  }),
  wrap: option({
    value: 'required',
    placeholder: 'count',
    default: '0',
    group: 'output',
    help: 'count files from 0 again after so many',
    parse: (flag, text) => parseWhole(flag, text, 0, 1_000_000_000),
  }),
  initial: option({
    short: 'i',
    value: 'required',
    placeholder: 'state',
    default: 'record',
    group: 'output',
    help: 'record, or pause until told to record',
    differs: 'With mp4 too. A client begins as its server does.',
    ...oneOf(['record', 'pause'] as const, parseChoiceInAnyCase),
  }),
  keypress: toggle({
    short: 'k',
    group: 'output',
    help: 'Enter pauses and resumes (--circular: saves), x and Enter ends',
    differs: 'Pauses reach all cameras of a genlock server at the same frame; a stock client records on.',
  }),
  signal: toggle({
    short: 's',
    group: 'output',
    help: 'SIGUSR1 does what Enter does, SIGUSR2 ends the recording',
    differs: "As `--keypress`. Metadata entries after a pause belong to their frames; in rpicam-vid they don't.",
  }),
  flush: toggle({
    group: 'output',
    does: 'accepted',
    help: 'hand each frame to the file at once; that is always done',
  }),
};
