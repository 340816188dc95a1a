import type { HostState } from '../../src/hosts/control/host-state.ts';

/** What an agent of a test says of its host. */
export const stateOf = (host: string, more: Partial<HostState> = {}): HostState => ({
  ...{ host, hostId: 'a1b2c3d4e5f60718', version: '0.1.0', bootId: 'boot', addresses: ['10.0.0.2'] },
  ...{ exchangePort: 0, filesPort: 0, cameras: [], problems: [], present: true },
  ...more,
});
