import type { ExportFormat } from '../format.ts';
import { wholeCameras } from '../whole-cameras.ts';

/**
 * A recording of freemocap: `recording_sessions/NAME/synchronized_videos/`, files with exactly as many frames in each
 * (freemocap, docs/How_to_Guides/how_to_process_previously_recorded_videos.md; that folder's name is read by versions
 * with the newer `videos/synchronized/` as well, RECORDING_CONTRACT.md). Cameras are told by the files' order.
 */
export const FREEMOCAP: ExportFormat = {
  name: 'freemocap',
  makes: 'a recording below recording_sessions/ with synchronized_videos/',
  plan(take) {
    const cameras = wholeCameras(take, 'freemocap');
    const nameOf = (place: number): string => `Camera_${String(place).padStart(3, '0')}_synchronized.mp4`;
    return {
      files: cameras.map(({ file }, place) => ({
        path: `recording_sessions/${take.name}/synchronized_videos/${nameOf(place)}`,
        video: file,
      })),
      next: [
        'Move what is in recording_sessions/ into recording_sessions/ of your freemocap_data folder, and load it there:',
        'Open Existing Recording, then process. All files have as many frames: freemocap need not synchronise them.',
        ...take.cameras.map(({ name }, place) => `  ${nameOf(place)} is ${name}`),
      ],
    };
  },
};
