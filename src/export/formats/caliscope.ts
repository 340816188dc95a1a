import type { ExportFormat } from '../format.ts';
import { cameraNumbers } from '../numbers.ts';
import type { ExportCamera, ExportTake } from '../take.ts';
import { wholeCameras } from '../whole-cameras.ts';

/**
 * A recording of a caliscope workspace: `recordings/NAME/cam_N.mp4` with whole numbers N, and `timestamps.csv` with the
 * columns `cam_id` and `frame_time`, a number of seconds, in any order of rows (caliscope, docs/project_setup.md).
 */
export const CALISCOPE: ExportFormat = {
  name: 'caliscope',
  makes: 'a folder below recordings/ with cam_N.mp4 and timestamps.csv',
  plan(take) {
    const cameras = wholeCameras(take, 'caliscope');
    const numbers = cameraNumbers(take);
    const folder = `recordings/${take.name}`;
    return {
      files: [
        ...cameras.map(({ file }, i) => ({ path: `${folder}/cam_${numbers[i]}.mp4`, video: file })),
        { path: `${folder}/timestamps.csv`, text: timestamps(take, numbers) },
      ],
      next: [
        'Move what is in recordings/ into recordings/ of your caliscope workspace. Recorded for the calibration, move',
        `what is in recordings/${take.name}/ into calibration/extrinsic/ instead. caliscope finds it by itself.`,
        'timestamps.csv has the true time of each frame, in seconds since 1970; of a repeat the time of its place.',
        ...take.cameras.map(({ name }, i) => `  cam_${numbers[i]} is ${name}`),
      ],
    };
  },
};

function* timestamps({ cameras }: ExportTake, numbers: readonly number[]): Generator<string> {
  yield 'cam_id,frame_time\n';
  for (const [i, camera] of cameras.entries()) yield rowsOf(camera, numbers[i] as number);
}

function rowsOf({ parts }: ExportCamera, number: number): string {
  const [part] = parts;
  return Array.from(part?.wallUs ?? [], (us) => `${number},${(us / 1e6).toFixed(6)}\n`).join('');
}
