import type { SimCameraOptions } from '../world.ts';
import { type Scenario, SECOND, type Variant, variant } from './scenario.ts';

/** A world of one's own: nothing must hold. */
export function ownScenario(
  world: { seconds: number; server: SimCameraOptions; clients: readonly SimCameraOptions[] } & Pick<Variant, 'link'>,
): Scenario {
  const { seconds, ...rest } = world;
  const untilUs = seconds * SECOND;
  return {
    name: 'own',
    about: 'a world of your own',
    limits: 'nothing',
    // What comes before is the time to lock and to learn.
    variants: [variant({ ...rest, untilUs, windowUs: [untilUs / 2, untilUs], musts: [] })],
  };
}
