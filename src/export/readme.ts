import { counted } from '../counted.ts';
import { formatFrameRate } from '../time/frame-rate.ts';
import type { ExportFormat, ExportPlan } from './format.ts';
import { type ExportTake, type Stretch, stretchesOf } from './take.ts';

const WHY: Readonly<Record<Stretch['state'], string>> = {
  captured: 'captured',
  unknown: 'not known',
  missed: 'the camera delivered none',
  overload: 'the encoder had no time for it',
  lost: 'a process died',
  repeated: 'cause not known',
  absent: 'no file has them',
};

/** README.txt of an export: what it is, what to do with it, which file is which, and which pictures stand in twice. */
export function readmeOf(take: ExportTake, format: ExportFormat, plan: ExportPlan): string {
  const { name, frames, frameRate, width, height, cameras, note, trueTimes } = take;
  const videos = plan.files.flatMap((file) => ('video' in file ? [`  ${file.path}: ${file.video} of the take`] : []));
  const all = `${counted(frames, 'frame')} of ${counted(cameras.length, 'camera')}`;
  return [
    `${name}, exported by genlock for ${format.name}: ${format.makes}.`,
    `${all}, ${width}x${height} at ${formatFrameRate(frameRate)} fps.`,
    ...(note === undefined ? [] : [`Note: ${note.replace(/\s+/g, ' ')}`]),
    ...(trueTimes
      ? ["The files hold true capture times: their frame rate is not constant. Count frames, don't divide times."]
      : []),
    '',
    ...plan.next,
    ...(videos.length > 0 ? ['', 'Videos, as they were recorded:', ...videos] : []),
    '',
    'Frame N is the same moment in all cameras. Where a camera has no picture of its own for a frame, the one before',
    'stands there once more: measure nothing that moves in these frames.',
    ...(plan.toldIn === undefined ? [] : [`They are told in ${plan.toldIn} too.`]),
    ...cameras.flatMap((camera) => {
      const stretches = stretchesOf(camera, frames);
      if (stretches.length === 0) return [`  ${camera.name}: none`];
      return stretches.map(({ first, last, state }) => {
        const which = first === last ? `frame ${first}` : `frames ${first} to ${last}`;
        return `  ${camera.name}: ${which}: ${WHY[state]}`;
      });
    }),
    '',
  ].join('\n');
}
