import type { Camera } from '../../camera/camera.ts';
import { FailureError } from '../../errors.ts';

/** A camera that is closed has that long, in ms: then files are finished without. */
const CLOSE_MS = 5_000;

/** Closes a camera, which is not waited for for ever. @returns what went wrong. */
export async function closeCamera(camera: Camera, name: string): Promise<Error | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it does not answer for ${CLOSE_MS / 1000} s`)), CLOSE_MS);
  });
  try {
    await Promise.race([camera.close(), late]);
    return undefined;
  } catch (cause) {
    return new FailureError(`${name}: the camera could not be closed: ${(cause as Error).message}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}
