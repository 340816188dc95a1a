import { clockTime } from '../amounts.ts';
import type { SoundSnapshot } from '../run/sound/ipc.ts';

/** Softer than this, in dB below the loudest that there can be, is none: nobody speaks. */
const SOFTEST_DB = -90;
/** A drift is shown once it is known to this, in ppm. */
const KNOWN_PPM = 20;

/** A microphone at work: `boom: 0:12, peak -14 dB, drift +40 ppm`. */
export function soundLine({ name, seconds, drift, lost, peak, over }: SoundSnapshot): string {
  if (over !== undefined) return `${name}: ${over.why}`;
  const db = 20 * Math.log10(peak);
  const known = drift !== undefined && drift.errorPpm < KNOWN_PPM;
  return [
    `${name}: ${clockTime(seconds)}`,
    db > SOFTEST_DB ? `peak ${db.toFixed(0)} dB` : 'no sound',
    ...(known ? [`drift ${drift.ppm < 0 ? '' : '+'}${drift.ppm.toFixed(0)} ppm`] : []),
    ...(lost.times > 0 ? [`lost sound ${lost.times} times`] : []),
  ].join(', ');
}
