import { stock } from '../../sync/controllers/stock.ts';
import { tracking } from '../../sync/controllers/tracking.ts';
import { atMostStockTimes, fromTheFirst, locksWithin, rmsBelow, rmsWithin, slotsRight } from './musts.ts';
import { clientCamera, FRAME_US, type Scenario, SECOND, sensor, serverCamera, variant } from './scenario.ts';

const PHASES = 20;
/** When both sensors run already, wherever in their frames. */
const BEGIN_US = SECOND / 2;

export const worstPhase: Scenario = {
  name: 'worst-phase',
  about: 'half a frame off at the start, and 19 other phases',
  limits: 'locked within 0.5 s of the first message',
  variants: Array.from({ length: PHASES }, (_, i) =>
    variant({
      name: `phase-${i}/${PHASES}`,
      server: serverCamera({ startUs: BEGIN_US }),
      clients: [clientCamera({ startUs: BEGIN_US - ((PHASES - i) / PHASES) * FRAME_US })],
      musts: [locksWithin(0.5), slotsRight, fromTheFirst, rmsWithin(1.1)],
    }),
  ),
};

const MS = 1_000;

export const lateProcesses: Scenario = {
  name: 'late-processes',
  about: 'processes that get to a frame 0.5 to 4 ms after its last row, as on a machine with much to do',
  limits: 'locked within 1 s at 30 fps, 2 s at 10 fps, whatever the phase; slots right; rms at most 1.1 x limit',
  variants: [
    { name: '30-fps', frameUs: FRAME_US, seconds: 1 },
    { name: '10-fps', frameUs: SECOND / 10, seconds: 2 },
  ].flatMap(({ name, frameUs, seconds }) =>
    Array.from({ length: PHASES }, (_, i) =>
      variant({
        name: `${name}-${i}/${PHASES}`,
        server: serverCamera({ startUs: BEGIN_US, frameUs }),
        clients: [
          ...['imx219', 'imx708', 'imx477'].map((model) =>
            clientCamera({
              mode: sensor(model),
              frameUs,
              startUs: BEGIN_US - ((PHASES - i) / PHASES) * frameUs,
              lateUs: [MS / 2, 4 * MS],
            }),
          ),
        ],
        stock: undefined,
        untilUs: 61 * SECOND,
        windowUs: [20 * SECOND, 60 * SECOND],
        musts: [locksWithin(seconds), slotsRight, rmsWithin(1.1)],
      }),
    ),
  ),
};

const LATE_US = 1200 * SECOND;
/** Stock stamps scatter more: what a client can know of a stock server's frames from a message a second, in us rms. */
const STOCK_SERVER_US = 1.8;
const behindStock = rmsBelow((lineUs) => 1.1 * Math.sqrt(lineUs ** 2 / 12 + STOCK_SERVER_US ** 2));

export const lateJoin: Scenario = {
  name: 'late-join',
  about: 'a client joins after 20 minutes: ours, and a stock server',
  limits: 'its first slot is right; with ours locked within 0.5 s of the first message',
  variants: [
    variant({
      name: 'ours',
      untilUs: LATE_US + 122 * SECOND,
      clients: [clientCamera({ startUs: LATE_US })],
      musts: [slotsRight, locksWithin(0.5), rmsWithin(1.1)],
    }),
    variant({
      name: 'stock-server',
      untilUs: LATE_US + 122 * SECOND,
      clients: [clientCamera({ startUs: LATE_US })],
      ours: { server: stock, client: tracking },
      musts: [slotsRight, behindStock],
    }),
  ],
};

export const stockPeers: Scenario = {
  name: 'stock-peers',
  about: 'a stock server with our client, and our server with a stock client',
  limits: 'ours 1.1 x sqrt(line^2 / 12 + (1.8 us)^2); the stock client at most 1.1 x its rms with its own server',
  variants: [
    variant({
      name: 'stock-server',
      ours: { server: stock, client: tracking },
      musts: [behindStock, slotsRight, fromTheFirst],
    }),
    variant({
      name: 'stock-client',
      // A minute holds thirty teeth of a stock client's saw: too few to tell a tenth.
      untilUs: 361 * SECOND,
      windowUs: [60 * SECOND, 360 * SECOND],
      ours: { server: tracking, client: stock },
      musts: [atMostStockTimes(1.1), slotsRight, fromTheFirst],
    }),
  ],
};
