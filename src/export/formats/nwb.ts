import type { ExportFile, ExportFormat } from '../format.ts';
import { type ExportCamera, type ExportTake, stretchesOf } from '../take.ts';
import { NWB_SCRIPT } from './nwb-script.ts';

/**
 * A script for pynwb, with all that it reads: an `ImageSeries` a camera with `external_file` and `starting_frame`, one
 * of each a file, `format` "external" and `timestamps` in seconds since `session_start_time` (pynwb, src/pynwb/image.py
 * and base.py; NWB schema, nwb.image.yaml). Repeats and lost frames are NWB's `TimeIntervals`.
 */
export const NWB: ExportFormat = {
  name: 'nwb',
  makes: 'a script that makes an NWB file with pynwb: an ImageSeries a camera, true timestamps',
  plan(take) {
    const files: ExportFile[] = take.cameras.flatMap(({ parts }) =>
      parts.map(({ file }) => ({ path: `videos/${file}`, video: file })),
    );
    for (const camera of take.cameras) files.push({ path: timesFile(camera), text: times(take, camera) });
    files.push({ path: 'session.json', text: `${JSON.stringify(session(take), null, 2)}\n` });
    files.push({ path: 'make_nwb.py', text: NWB_SCRIPT });
    return {
      files,
      toldIn: 'the intervals "frames_without_own_picture" of the NWB file',
      next: [
        `pip install pynwb && python make_nwb.py makes ${take.name}.nwb here; its videos stay in videos/ beside it.`,
        'What NWB wants to know besides, as the subject or the experimenter, goes into NWBFile(...) in make_nwb.py.',
      ],
    };
  },
};

const timesFile = ({ name }: ExportCamera): string => `times/${name}.csv`;

/** A row a frame of the camera's files: seconds since the session's start. */
function* times({ startUs }: ExportTake, { parts }: ExportCamera): Generator<string> {
  yield 'time_s\n';
  for (const { wallUs } of parts) {
    // The difference first: what is left has all its digits.
    yield Array.from(wallUs, (us) => `${((us - startUs) / 1e6).toFixed(7)}\n`).join('');
  }
}

function session(take: ExportTake): unknown {
  const { name, startUs, frameRate, width, height, frames, note, cameras } = take;
  const periodS = frameRate.den / frameRate.num;
  return {
    name,
    session_start_time: isoTime(startUs),
    session_description: note ?? `Videos of ${cameras.length} cameras, recorded in step by genlock`,
    dimension: [width, height],
    cameras: cameras.map((camera) => ({
      name: camera.name,
      model: camera.model ?? null,
      external_file: camera.parts.map(({ file }) => `videos/${file}`),
      starting_frame: startingFrames(camera),
      times: timesFile(camera),
    })),
    without_own_picture: cameras.flatMap((camera) =>
      stretchesOf(camera, frames).map(({ first, last, state }) => ({
        camera: camera.name,
        cause: state,
        first_frame: first,
        last_frame: last,
        start_time: first * periodS,
        stop_time: (last + 1) * periodS,
      })),
    ),
  };
}

/** Which row of the times is the first of each file. */
function startingFrames({ parts }: ExportCamera): number[] {
  let before = 0;
  return parts.map(({ states }) => {
    before += states.length;
    return before - states.length;
  });
}

/** To the microsecond, as Python reads it. */
function isoTime(us: number): string {
  const whole = Math.round(us);
  const seconds = Math.floor(whole / 1e6);
  const micros = String(whole - seconds * 1e6).padStart(6, '0');
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${micros}+00:00`;
}
