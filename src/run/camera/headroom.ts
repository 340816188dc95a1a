import type { CameraInfo } from '../../camera/camera.ts';
import { UsageError } from '../../errors.ts';
import type { SyncSettings } from '../../sync/controller.ts';
import type { SyncController } from '../../sync/controllers/sync-controller.ts';
import { formatFrameRate } from '../../time/frame-rate.ts';

/**
 * Refuses a client whose sensor is too close to its shortest frame to follow a server.
 * @throws UsageError with the highest safe frame rate.
 */
export function checkHeadroom(
  { steering, model, mode, frameRate }: CameraInfo,
  settings: Pick<SyncSettings, 'syncPeriod' | 'readyFrame'>,
  controller: SyncController,
): void {
  if (steering.kind !== 'steered') return;
  const refused = controller.headroom(steering, settings);
  if (refused === undefined) return;
  throw new UsageError(
    `--framerate ${formatFrameRate(frameRate)}: ${model} in mode ${mode} ${refused.why}; ` +
      `at most ${refused.highestSafeFps.toFixed(1)} fps with sync`,
  );
}
