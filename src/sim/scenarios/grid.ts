import { type FrameRate, periodUs } from '../../time/frame-rate.ts';
import type { GridOptions } from '../sim-grid.ts';
import { fromTheFirst, locksWithin, rmsWithin, slotsRight, stockSlotsRight, stockTimes } from './musts.ts';
import { clientCamera, type Scenario, SECOND, sensor, serverCamera, type Variant, variant } from './scenario.ts';

const NTSC: FrameRate = { num: 30_000, den: 1001 };
const WHOLE: FrameRate = { num: 30, den: 1 };

/** Hosts that were booted on different days. */
const HOSTS = [{ bootAtUs: 86_400 * SECOND }, { bootAtUs: 5_000 * SECOND, bootPpm: 20 }] as const;

/** Clients of two models, each beside the server that it hears, or on a host of its own. */
function under(name: string, grid: GridOptions, beside: boolean, part: Partial<Variant> = {}): Variant {
  const frameUs = periodUs(grid.rate);
  return variant({
    name,
    grid,
    server: serverCamera({ ppm: 0, frameUs }),
    clients: ['imx219', 'imx708', 'imx219', 'imx708'].map((model, i) =>
      clientCamera({
        mode: sensor(model),
        frameUs,
        ppm: i < 2 ? 35 : -35,
        ...(beside && { host: grid.hosts[i % grid.hosts.length] as object }),
      }),
    ),
    musts: [rmsWithin(1.05), slotsRight, fromTheFirst, locksWithin(0.5), stockTimes(5), stockSlotsRight],
    ...part,
  });
}

export const withoutCamera: Scenario = {
  name: 'grid',
  about:
    'a server without a camera, for our clients and for stock ones: evenly from its start on, or by the clock since 1970; two hosts whose clocks agree, and a quarter of a frame later',
  limits:
    'rms against the frames of the first host at most 1.05 x limit, locked within 0.5 s; stock at least 5 times ours; no frame in a wrong slot, stock or not',
  variants: [
    under('start', { rate: WHOLE, epoch: false, hosts: HOSTS.slice(0, 1) }, false),
    under('epoch', { rate: NTSC, epoch: true, hosts: HOSTS.slice(0, 1) }, false),
    under('epoch-two-hosts', { rate: NTSC, epoch: true, hosts: HOSTS }, true),
    under('epoch-two-hosts-1/4', { rate: WHOLE, epoch: true, phase: { num: 1, den: 4 }, hosts: HOSTS }, true),
  ],
};
