import { modesOf, type SensorMode } from '../../sensor/sensor-models.ts';
import type { SensorListing } from '../listing.ts';
import { modeBits, modeCrop, sensorArray } from './sensor-geometry.ts';

/** A model's sensor with all its modes. HDR modes are left out: `--hdr` gives them, not `--mode`. */
export function sensorListing(model: string): SensorListing {
  const modes = modesOf(model).filter(({ hdr }) => !hdr);
  const { width, height, filter, bits } = sensorArray(modes[0] as SensorMode);
  const formats = bits.map((depth) => ({
    name: formatName(filter, depth),
    modes: modes
      .filter((each) => modeBits(each).includes(depth))
      .sort((a, b) => a.width - b.width || a.height - b.height)
      .map((each) => ({
        width: each.width,
        height: each.height,
        framesPerSecond: 1e6 / each.shortestFrameUs,
        crop: modeCrop(each),
      })),
  }));
  return { width, height, bits: Math.max(...bits), filter, formats };
}

/** libcamera's name of a raw format: samples of 8 bits are plain, wider ones are packed as they come over CSI-2. */
const formatName = (filter: string, bits: number): string =>
  `${filter === 'MONO' ? 'R' : `S${filter}`}${bits}${bits === 8 ? '' : '_CSI2P'}`;
