import { UsageError } from '../../errors.ts';
import type { ExportFile, ExportFormat } from '../format.ts';
import { wholeCameras } from '../whole-cameras.ts';

/**
 * Pairs of videos for 3D in DeepLabCut, which takes two cameras: names hold the names of the cameras, and are the same
 * but for these; `camera-1` and `camera-2` unless the project's config says otherwise (DeepLabCut,
 * docs/Overviewof3D.md). More than two cameras make a folder a pair.
 */
export const DEEPLABCUT: ExportFormat = {
  name: 'deeplabcut',
  makes: 'a folder a pair of cameras, with videos whose names differ by the camera alone',
  plan(take) {
    if (take.cameras.length < 2)
      throw new UsageError(
        `${take.name}: has ${take.cameras.length} camera; deeplabcut wants two for 3D: record with two, or give ` +
          'DeepLabCut the file itself for 2D',
      );
    const cameras = wholeCameras(take, 'deeplabcut');
    // Whatever else of a name looks like a camera's would be taken for it.
    const stem = take.name.replaceAll('camera-', 'camera_');
    const files: ExportFile[] = [];
    const pairs: string[] = [];
    for (const [i, one] of cameras.entries()) {
      for (const other of cameras.slice(i + 1)) {
        const folder = `${one.camera.name}-${other.camera.name}`;
        files.push({ path: `${folder}/${stem}-camera-1.mp4`, video: one.file });
        files.push({ path: `${folder}/${stem}-camera-2.mp4`, video: other.file });
        pairs.push(`  ${folder}/: camera-1 is ${one.camera.name}, camera-2 is ${other.camera.name}`);
      }
    }
    return {
      files,
      next: [
        'A 3D project of DeepLabCut has two cameras: use one for each pair, with the folder of that pair.',
        ...pairs,
        "In Python: deeplabcut.triangulate(config_path3d, 'FOLDER OF THE PAIR')",
      ],
    };
  },
};
