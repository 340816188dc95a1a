import type { HostExchangeOptions } from '../host-exchange.ts';
import { clockWithinBound, followsNobody, locksWithin, maxWithin, p99Within, rmsBelow, slotsRight } from './musts.ts';
import { clientCamera, type Scenario, SECOND, sensor, serverCamera, type Variant, variant } from './scenario.ts';

const HOUR_US = 3600 * SECOND;
const EVENT_US = 70 * SECOND;

/** Wall clocks hours apart, boot clocks days apart and 50 ppm: on two hosts of clients, each as far from the server. */
const SERVER = { bootAtUs: 40 * 24 * HOUR_US, bootPpm: 25, wallAheadUs: 5 * HOUR_US };
const CLIENTS = [
  { bootAtUs: 900 * SECOND, bootPpm: -25, wallAheadUs: -2 * HOUR_US },
  { bootAtUs: 3 * HOUR_US, bootPpm: 40, wallAheadUs: 7 * HOUR_US },
];
const clientsOn = (hosts: readonly object[]) => [
  clientCamera({ host: hosts[0] ?? {} }),
  clientCamera({ host: hosts[1] ?? {}, mode: sensor('imx708'), ppm: -30 }),
];

const QUIET: HostExchangeOptions = { there: { delayUs: [100, 300] } };

function hosts(exchange: HostExchangeOptions, part: Partial<Variant> & Pick<Variant, 'musts'>): Variant {
  return variant({
    server: serverCamera({ host: SERVER }),
    clients: clientsOn(CLIENTS),
    stock: undefined,
    exchange,
    link: exchange.there,
    windowUs: [15 * SECOND, 115 * SECOND],
    ...part,
    musts: [...part.musts],
  });
}

/** In the right slots, with the clock within its bound, and that close. */
const close = (p99: number, most: number) => [slotsRight, clockWithinBound, p99Within(p99), maxWithin(most)];

export const hostsQuiet: Scenario = {
  name: 'hosts-quiet',
  about:
    'hosts whose clocks are hours apart exchange times over a quiet link: 0.1 to 0.3 ms, and 0.2 to 1.2 ms each way',
  limits: 'locked within 3 s; p99 at most 40 us, with jitter 150 us; the clock within its bound at every frame',
  variants: [
    hosts(QUIET, { name: 'quiet', musts: [...close(40, 80), locksWithin(3), rmsBelow(() => 20)] }),
    hosts({ there: { delayUs: [200, 1200] } }, { name: 'jitter', musts: [...close(150, 200), locksWithin(5)] }),
  ],
};

export const hostsWifi: Scenario = {
  name: 'hosts-wifi',
  about: 'hosts exchange times over Wi-Fi: 1 to 10 ms each way, 2 % lost, one in fifty stalled by 200 ms',
  limits: 'p99 at most 500 us; the clock within its bound at every frame',
  variants: [
    hosts(
      { there: { delayUs: [1000, 10_000], loss: 0.02, stall: { share: 0.02, us: 200_000 } } },
      { musts: close(500, 800) },
    ),
  ],
};

export const hostsAsymmetric: Scenario = {
  name: 'hosts-asymmetric',
  about: 'hosts exchange times over a path that takes 0.5 ms more one way: nothing can tell that from clocks',
  limits: 'off by half of it, 250 us, to 40 us; the stated bound covers that at every frame',
  variants: [
    hosts(
      { there: { delayUs: [600, 800] }, back: { delayUs: [100, 300] } },
      { musts: [...close(290, 330), (run) => ((run.ours?.rmsUs ?? 0) < 210 ? 'off by less than 210 us' : undefined)] },
    ),
  ],
};

export const hostsDrift: Scenario = {
  name: 'hosts-drift',
  about: 'hosts exchange times whose boot clocks run 100 ppm apart, either way, and 190 ppm',
  limits: 'p99 at most 40 us; the clock within its bound at every frame',
  variants: [100, -100, 190].map((ppm) =>
    hosts(QUIET, {
      name: `${ppm}ppm`,
      server: serverCamera({ host: { ...SERVER, bootPpm: ppm } }),
      clients: clientsOn(CLIENTS.map((host) => ({ ...host, bootPpm: 0 }))),
      musts: close(40, 80),
    }),
  ),
};

export const hostsReboot: Scenario = {
  name: 'hosts-reboot',
  about: "the server's host reboots after 70 s, away for 15 s: its boot clock is another one when it is back",
  limits: 'p99 at most 40 us behind the new one from 10 s after it is back; the clock within its bound at every frame',
  variants: [
    hosts(QUIET, {
      untilUs: 150 * SECOND,
      serverRuns: [
        { startUs: 1000, endUs: EVENT_US, host: SERVER },
        {
          startUs: EVENT_US + 15 * SECOND,
          endUs: Number.POSITIVE_INFINITY,
          host: { ...SERVER, bootAtUs: -EVENT_US },
        },
      ],
      eventUs: EVENT_US + 15 * SECOND,
      recountedUs: EVENT_US,
      windowUs: [EVENT_US + 25 * SECOND, 148 * SECOND],
      musts: close(40, 80),
    }),
  ],
};

export const hostsNoExchange: Scenario = {
  name: 'hosts-no-exchange',
  about: 'hosts whose questions nobody answers, from the beginning on, or after 70 s',
  limits:
    'without an answer nobody is followed; where they stop, frames go on within 100 us for 10 s, and in holdover later',
  variants: [
    hosts({ there: { loss: 1 } }, { name: 'never', link: {}, musts: [followsNobody] }),
    hosts(
      { there: { delayUs: [100, 300], down: (trueUs) => trueUs > EVENT_US } },
      {
        name: 'stops',
        link: {},
        windowUs: [15 * SECOND, EVENT_US + 10 * SECOND],
        musts: [slotsRight, clockWithinBound, p99Within(60), maxWithin(100)],
      },
    ),
  ],
};
