import { parseText, parseWhole } from '../../options/parse.ts';
import { SHARED } from '../../options/shared.ts';
import { option, shared, toggle, unavailable } from './definition.ts';
import { parseKeyValues, parseLevel } from './values.ts';

/** How pictures are encoded. */
export const ENCODING = {
  codec: option({
    ...shared(SHARED.codec),
    default: 'h264',
    group: 'encoding',
    differs:
      'libx264 encodes, as on a Pi 5, without B-frames. h264 and mjpeg go into a container where the ending names one (`.mp4`, `.mkv`, `.mov`).',
  }),
  bitrate: option({
    ...shared(SHARED.bitrate),
    default: '0bps',
    group: 'encoding',
    differs: '`M` is a million, as `m` and `mbps`; rpicam-vid takes it as a thousand. An unknown suffix is an error.',
  }),
  profile: option({
    ...shared(SHARED.profile),
    group: 'encoding',
    differs:
      'High unless told otherwise, with any preset: rpicam-vid leaves it to libx264, whose `ultrafast` makes Baseline.',
    parse: (flag, text) => (text === '' ? undefined : SHARED.profile.kind.read(flag, text)),
  }),
  level: option({
    value: 'required',
    placeholder: 'level',
    group: 'encoding',
    help: 'H.264 level: 4, 4.1, 4.2 or another of the standard',
    parse: parseLevel,
  }),
  intra: option({
    short: 'g',
    value: 'required',
    placeholder: 'frames',
    default: '0',
    group: 'encoding',
    help: "frames from one keyframe to the next; 0 is one second's",
    differs: 'Keyframes stand at the same frames on every camera of a take; scene cuts make none.',
    parse: (flag, text) => parseWhole(flag, text, 0, 1_000_000),
  }),
  inline: toggle({
    group: 'encoding',
    help: "repeat the stream's headers at each keyframe",
    differs: 'Bare streams always do.',
  }),
  quality: option({
    ...shared(SHARED.quality),
    default: '50',
    group: 'encoding',
    differs: "The file is about as large as rpicam-vid's; FFmpeg's encoder has 31 steps.",
  }),
  'low-latency': toggle({
    group: 'encoding',
    help: 'encode each frame at once: libx264 tuned for zero latency',
    differs: 'Works together with `--metadata`, where rpicam-vid crashes.',
  }),
  'libav-video-codec': option({
    value: 'required',
    placeholder: 'name',
    default: 'h264_v4l2m2m',
    otherwise: 'libx264',
    group: 'encoding',
    help: "FFmpeg's name of the encoder, in place of libx264",
    differs: '`h264_v4l2m2m`, the default there, is hardware of a Pi 4; given explicitly it is used.',
    parse: parseText,
  }),
  'libav-video-codec-opts': option({
    value: 'required',
    placeholder: 'k=v;k=v',
    group: 'encoding',
    help: 'further options of that encoder',
    differs: 'B-frames stay off, and turning them on is an error: they would move frames off their times.',
    parse: parseKeyValues,
  }),
  'libav-format': option({
    value: 'required',
    placeholder: 'name',
    group: 'encoding',
    help: "the container, by FFmpeg's name, such as mpegts",
    parse: (_, text) => (text === '' ? undefined : text),
  }),
  'encoder-libs': unavailable('there are no plug-in libraries here', {
    value: 'required',
    placeholder: 'folder',
    group: 'encoding',
    help: 'folder of encoder plug-ins',
  }),
};
