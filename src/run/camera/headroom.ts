import type { CameraInfo, Steering } from '../../camera/camera.ts';
import { OptionError } from '../../errors.ts';
import type { SyncSettings } from '../../sync/controller.ts';
import type { ControllerName } from '../../sync/names.ts';
import { headroom } from '../../sync/tracking/headroom.ts';
import { formatFrameRate } from '../../time/frame-rate.ts';

/**
 * Refuses a client whose sensor is too close to its shortest frame to catch up before the recording begins.
 *
 * The stock algorithm corrects one frame a message; before the ready point there are `readyFrame / syncPeriod` messages, and the phase may
 * be off by half a frame. With three messages that asks for a sixth of a frame of headroom (users of an imx477 in its
 * 40 fps mode saw 33 fps work and 34 fail).
 * @throws OptionError with the highest safe frame rate.
 */
export function checkHeadroom(
  info: CameraInfo,
  settings: Pick<SyncSettings, 'syncPeriod' | 'readyFrame'>,
  controller: ControllerName = 'stock',
): void {
  const { steering } = info;
  if (steering.kind !== 'steered') return;
  if (controller === 'tracking') {
    checkTracked(info, steering);
    return;
  }
  const messages = Math.max(1, Math.floor((settings.readyFrame - steering.controlDelayFrames) / settings.syncPeriod));
  const shortest = steering.shortestFrameUs;
  const needed = shortest / (1 - 1 / (2 * messages));
  if (steering.frameUs >= needed) return;
  throw new OptionError(
    'frameRate',
    formatFrameRate(info.frameRate),
    `too close to the fastest that ${info.model} does in mode ${info.mode} ` +
      `(${(1e6 / shortest).toFixed(1)} fps): a client could not catch up; at most ${(Math.floor(1e7 / needed) / 10).toFixed(1)} fps with sync`,
  );
}

/** A tracking client catches up by lengthening where it must; it only has to be able to run a little faster than the server. */
function checkTracked(info: CameraInfo, steering: Steering): void {
  const refused = headroom(steering);
  if (refused === undefined) return;
  throw new OptionError(
    'frameRate',
    formatFrameRate(info.frameRate),
    `${info.model} in mode ${info.mode} has no room to follow a server ` +
      `(its shortest frame is ${steering.shortestFrameUs.toFixed(0)} us); at most ${refused.highestSafeFps.toFixed(1)} fps with sync`,
  );
}
