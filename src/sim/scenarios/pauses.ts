import { stock } from '../../sync/controllers/stock.ts';
import { tracking } from '../../sync/controllers/tracking.ts';
import type { Ask } from '../world.ts';
import { fromTheFirst, recordsAsAgreed, rmsWithin, slotsRight } from './musts.ts';
import { CLIENT_PPM, clientCamera, type Scenario, SECOND, STOCK, sensor, serverCamera, variant } from './scenario.ts';

/** Two pauses, the second in the window of the figures; what changes nothing is asked for too; one save. */
const ASKS: readonly Ask[] = [
  { atUs: 20 * SECOND, kind: 'pause' },
  { atUs: 22 * SECOND, kind: 'pause' },
  { atUs: 26 * SECOND, kind: 'resume' },
  { atUs: 50 * SECOND, kind: 'save' },
  { atUs: 70 * SECOND, kind: 'pause' },
  { atUs: 71 * SECOND, kind: 'resume' },
  { atUs: 71.5 * SECOND, kind: 'resume' },
];
const PAUSED_S = 7;
const SAVES = 1;

const link = { loss: 0.2 };
const clients = [
  clientCamera(),
  clientCamera({ ppm: -40 }),
  clientCamera({ mode: sensor('imx708') }),
  clientCamera({ mode: sensor('imx477') }),
];
/** Two sensors of one model, for the stock controllers. */
const twins = [clientCamera(), clientCamera({ ppm: CLIENT_PPM - 10 })];

const LATE_US = 80 * SECOND;
const RESUMED_US = 12 * SECOND;

export const pauses: Scenario = {
  name: 'pauses',
  about: 'paused, resumed and saved during the recording, 20 % of messages lost',
  limits: 'every client records the frames that the server records, with their numbers; rms at most 1.1 x limit',
  variants: [
    variant({
      name: 'ours',
      link,
      clients,
      asks: ASKS,
      musts: [recordsAsAgreed(PAUSED_S, SAVES), slotsRight, fromTheFirst, rmsWithin(1.1)],
    }),
    variant({
      name: 'initially-paused',
      link,
      clients: twins,
      server: serverCamera({ startUs: SECOND }),
      asks: [
        { atUs: 0, kind: 'pause' },
        { atUs: RESUMED_US, kind: 'resume' },
      ],
      // From frame 0, the hundred and first, to a little over a second after the resume was asked for.
      musts: [recordsAsAgreed(8.85, 0), slotsRight, fromTheFirst, rmsWithin(1.1)],
    }),
    variant({
      name: 'late-joiner',
      link,
      untilUs: LATE_US + 121 * SECOND,
      clients: [clientCamera({ startUs: LATE_US })],
      asks: ASKS,
      musts: [recordsAsAgreed(0, 0), slotsRight, rmsWithin(1.1)],
    }),
    variant({
      name: 'stock-controllers',
      link,
      clients: twins,
      asks: ASKS,
      ours: STOCK,
      stock: undefined,
      // With three messages before the first frame, a stock client may miss them all and begin later.
      musts: [recordsAsAgreed(PAUSED_S, SAVES), slotsRight],
    }),
    variant({
      name: 'stock-server',
      link,
      asks: ASKS,
      ours: { server: stock, client: tracking },
      stock: undefined,
      musts: [recordsAsAgreed(PAUSED_S, SAVES), slotsRight],
    }),
    variant({
      name: 'stock-client',
      link,
      clients: twins,
      asks: ASKS,
      ours: { server: tracking, client: stock },
      stock: undefined,
      musts: [recordsAsAgreed(PAUSED_S, SAVES), slotsRight, fromTheFirst],
    }),
  ],
};
