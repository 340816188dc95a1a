import { framesPerSecond } from '../../time/frame-rate.ts';
import type { ExportFormat } from '../format.ts';
import { cameraNumbers } from '../numbers.ts';
import { wholeCameras } from '../whole-cameras.ts';

/**
 * A trial of Pose2Sim: `videos/` with a file a camera, in the order of the cameras of the calibration, and a
 * `Config.toml` in which `[project]` has `frame_rate` and `frame_range`; what it leaves out is looked for in the folder
 * above (Pose2Sim, Demo_SinglePerson/Config.toml).
 */
export const POSE2SIM: ExportFormat = {
  name: 'pose2sim',
  makes: 'a trial with videos/ and the frame rate in its Config.toml',
  plan(take) {
    const cameras = wholeCameras(take, 'pose2sim');
    const numbers = cameraNumbers(take);
    // Names that sort as numbers do.
    const digits = Math.max(2, ...numbers.map((number) => String(number).length));
    const nameOf = (i: number): string => `cam${String(numbers[i]).padStart(digits, '0')}.mp4`;
    const trial = take.name;
    return {
      files: [
        ...cameras.map(({ file }, i) => ({ path: `${trial}/videos/${nameOf(i)}`, video: file })),
        {
          path: `${trial}/Config.toml`,
          text: [
            '# Of this trial; all else is in the Config.toml of the folder above.',
            '[project]',
            `frame_rate = ${framesPerSecond(take.frameRate)}`,
            "frame_range = 'all'",
            '',
            '[pose]',
            "vid_img_extension = 'mp4'",
            '',
          ].join('\n'),
        },
      ],
      next: [
        `Move ${trial}/ into your session, beside its calibration/ and below its Config.toml. Then, in Python in the`,
        'session: Pose2Sim.calibration(), Pose2Sim.poseEstimation(), and, the files being in step already, without',
        'Pose2Sim.synchronization(): Pose2Sim.personAssociation(), Pose2Sim.triangulation().',
        ...take.cameras.map(({ name }, i) => `  ${nameOf(i)} is ${name}`),
      ],
    };
  },
};
