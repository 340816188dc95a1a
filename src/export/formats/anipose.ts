import type { ExportFormat } from '../format.ts';
import { wholeCameras } from '../whole-cameras.ts';

/**
 * A session of anipose: `SESSION/videos-raw/NAME-CAMERA.mp4`, with the `cam_regex` whose parentheses hold the camera's
 * name (anipose, docs/sphinx/start3d.rst). anipose searches it in the name without its ending, and takes what is left
 * for the name of the video: so it holds to the end.
 */
export const ANIPOSE: ExportFormat = {
  name: 'anipose',
  makes: 'a session with videos-raw/, and the cam_regex of its config.toml',
  plan(take) {
    const cameras = wholeCameras(take, 'anipose');
    const names = take.cameras.map(({ name }) => name).sort((a, b) => b.length - a.length);
    return {
      files: [
        ...cameras.map(({ camera, file }) => ({
          path: `${take.name}/videos-raw/${take.name}-${camera.name}.mp4`,
          video: file,
        })),
        {
          path: 'config.toml',
          text: [
            '# For the config.toml of your experiment: where it finds which camera a file is of.',
            'nesting = 1',
            '',
            '[triangulation]',
            `cam_regex = '-(${names.join('|')})$'`,
            '',
          ].join('\n'),
        },
      ],
      next: [
        `Move ${take.name}/ into the folder of your experiment, and take the line cam_regex into its config.toml,`,
        'below [triangulation]. Calibration videos are exported the same way: rename their videos-raw/ calibration/.',
        'Then, in the folder of the experiment: anipose analyze, anipose calibrate, anipose triangulate.',
      ],
    };
  },
};
