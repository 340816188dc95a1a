import { stock } from '../../sync/controllers/stock.ts';
import { tracking } from '../../sync/controllers/tracking.ts';
import { closeThroughout, endsWithin, fromTheFirst, locksWithin, rmsWithin, slotsRight, unimpressed } from './musts.ts';
import { clientCamera, type Scenario, SECOND, sensor, serverCamera, type Variant, variant } from './scenario.ts';

/** As our server says its own. */
const EVERY_FRAMES = 30;
/** After a minute of it: as for a client that goes on alone. */
const END_US = 20;
const JOIN_US = 75 * SECOND;

/** The server's process dies after so many seconds, and `record` carries its word on for a minute. */
function diesAfter(seconds: number, part: Partial<Variant> & Pick<Variant, 'musts'>): Variant {
  const fromUs = seconds * SECOND;
  const musts = [slotsRight, ...part.musts];
  return variant({
    untilUs: fromUs + 60 * SECOND,
    windowUs: [fromUs, fromUs + 60 * SECOND],
    eventUs: fromUs,
    server: serverCamera({ host }),
    standBy: { fromUs, everyFrames: EVERY_FRAMES },
    ...part,
    musts,
  });
}

/** `record`, its server and its clients are one host. */
const host = { bootAtUs: 86_400 * SECOND };
const clients = [
  clientCamera({ host }),
  clientCamera({ host, ppm: -40 }),
  clientCamera({ host, mode: sensor('imx708') }),
];
/** As fast as a clock daemon slews, on the host of all; by the end it is a frame. */
const clockErrorUs = (us: number): number => 500e-6 * Math.max(0, us - 62 * SECOND);

export const carriedOn: Scenario = {
  name: 'carried-on',
  about: "the server's process dies at 60 s, and record carries its word on for its clients, ours and stock ones",
  limits: 'locked all along, nothing said of the server; ours rms at most 1.3 x limit and below 20 us at the end',
  variants: [
    diesAfter(60, { name: 'ours', clients, musts: [fromTheFirst, unimpressed, rmsWithin(1.3), endsWithin(END_US)] }),
    // Where so many messages are lost, a client takes its server for gone now and then, whoever speaks.
    diesAfter(60, {
      name: 'loss-30',
      link: { loss: 0.3 },
      clients,
      musts: [fromTheFirst, rmsWithin(1.3), endsWithin(END_US)],
    }),
    diesAfter(60, {
      name: 'slewed',
      server: serverCamera({ host, clockErrorUs }),
      clients: clients.map((client) => ({ ...client, clockErrorUs })),
      musts: [fromTheFirst, unimpressed, rmsWithin(1.3), endsWithin(END_US)],
    }),
    diesAfter(10, { name: 'early', clients, musts: [fromTheFirst, unimpressed, closeThroughout] }),
    diesAfter(60, {
      name: 'joins',
      // A camera that is started again, and has never heard the server.
      clients: [
        clientCamera({ host, startUs: JOIN_US }),
        clientCamera({ host, mode: sensor('imx708'), startUs: JOIN_US }),
      ],
      windowUs: [2 * SECOND, 40 * SECOND],
      musts: [locksWithin(0.5), rmsWithin(1.3), endsWithin(END_US)],
    }),
    diesAfter(60, {
      name: 'stock-clients',
      ours: { server: tracking, client: stock },
      clients: clients.slice(0, 2),
      musts: [fromTheFirst, unimpressed, closeThroughout],
    }),
  ],
};
