import type { Camera } from '../../camera/camera.ts';
import type { RoleFrame } from './role.ts';

/** How long a camera's frames last, as its controller says: one frame otherwise than the rest, or each frame anew. */
export class FrameLength {
  /** Frames whose length was changed. */
  changes = 0;
  private readonly camera: Camera;
  private readonly usualUs: number;
  private corrected = false;
  private lastUs: number | undefined;

  /** @param frameUs Nominal duration of a frame. */
  constructor(camera: Camera, frameUs: number) {
    this.camera = camera;
    this.usualUs = Math.trunc(frameUs);
  }

  /** Asks the camera for what a frame's decision says; one that can't be steered goes on as it is. */
  follow({ durationUs, correctionUs }: Pick<RoleFrame, 'durationUs' | 'correctionUs'>): void {
    if (this.camera.info.steering.kind !== 'steered') return;
    if (durationUs === undefined) this.correct(correctionUs);
    else if (durationUs !== this.lastUs) {
      this.lastUs = durationUs;
      this.change(durationUs);
    }
  }

  /** A correction lasts one frame: the next one asks for the usual length again. */
  private correct(correctionUs: number): void {
    if (correctionUs !== 0) this.change(this.usualUs - correctionUs);
    else if (this.corrected) this.camera.setFrameDuration(this.usualUs);
    this.corrected = correctionUs !== 0;
  }

  private change(durationUs: number): void {
    this.changes++;
    this.camera.setFrameDuration(durationUs);
  }
}
