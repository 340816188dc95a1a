import { isVirtual } from '../../camera/open.ts';
import type { Take } from '../../record/take.ts';
import { NoPixelClock } from '../../verify/read-times.ts';
import { type Proof, proveFromPixels, proveFromTimestamps, type VerifyOptions } from '../../verify/verify.ts';

/**
 * Proves what was recorded, from the pixels where a pixel clock is in view of all cameras; else it compares what the cameras say of themselves.
 * @param note told where the second is done for want of the first.
 */
export async function proveTake(
  folder: string,
  take: Take,
  options: VerifyOptions,
  note: (text: string) => void,
): Promise<Proof> {
  const drawn = take.cameras.every(({ pixelClock, spec }) => pixelClock ?? isVirtual(spec));
  try {
    return await proveFromPixels(folder, take, options);
  } catch (error) {
    if (drawn || !(error instanceof NoPixelClock)) throw error;
    note(
      "no pixel clock is in view of all cameras: comparing their own timestamps, which can't tell when the light fell",
    );
    return proveFromTimestamps(folder, take, options);
  }
}
