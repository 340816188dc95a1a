import type { PostBus } from '../src/hosts/control/post-bus.ts';
import { describeBus } from './support/bus-conformance.ts';
import { MemoryBroker } from './support/memory-broker.ts';

describeBus('a broker in memory that repeats', async () => {
  const broker = new MemoryBroker();
  return {
    join: (end) => broker.join(end),
    vanish: (bus) => broker.vanish(bus as PostBus),
    flap: (bus) => broker.flap(bus as PostBus),
    stop: () => broker.stop(),
    start: () => broker.start(),
    close: async () => {},
  };
});
