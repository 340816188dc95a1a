import type { CameraBackend } from '../backend.ts';
import { parseLibavSpec } from './spec.ts';

/** What FFmpeg reads, by the scheme of its specs. */
const FORMS: readonly (readonly [scheme: string, form: string, about: string])[] = [
  [
    'libav',
    'libav:FILE',
    'a video file, played in real time; an address in its place is a stream; timestamped, not steered',
  ],
  ['lavfi', 'lavfi:GRAPH', "a picture that FFmpeg's filters make; timestamped, not steered"],
  ['v4l2', 'v4l2:/dev/video0', 'a video device of Linux; timestamped, not steered'],
  ['avfoundation', 'avfoundation:0', 'a video device of macOS; timestamped, not steered'],
  ['dshow', 'dshow:video=NAME', 'a video device of Windows; timestamped, not steered'],
];

/** Inputs of FFmpeg: timestamped and matched to slots, never steered. None is opened unless it is named. */
export const libavBackends: readonly CameraBackend[] = FORMS.map(([scheme, form, about]) => ({
  scheme,
  help: { form, about },
  // A generated picture is not exposed.
  choosesExposure: scheme !== 'lavfi',

  check(spec) {
    const parsed = parseLibavSpec(spec);
    if (parsed instanceof Error) throw parsed;
    return spec;
  },

  async open(request, clock) {
    const { LibavCamera } = await import('./camera.ts');
    return LibavCamera.open(request, clock);
  },
}));
